#include "core/session/salvage_p.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace lathe::json {

namespace {

/// Builds a document from the parser's events and keeps what it has when the text breaks off.
class Builder : public nlohmann::json_sax<Json> {
public:
    bool null() override { return value(nullptr); }
    bool boolean(bool v) override { return value(v); }
    bool number_integer(number_integer_t v) override { return number(v); }
    bool number_unsigned(number_unsigned_t v) override { return number(v); }
    bool number_float(number_float_t v, const string_t&) override { return number(v); }
    bool string(string_t& v) override { return value(std::move(v)); }
    bool binary(binary_t& v) override { return value(std::move(v)); }
    bool start_object(std::size_t) override { return open(Json::object()); }
    bool start_array(std::size_t) override { return open(Json::array()); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }

    bool key(string_t& v) override
    {
        settle();
        m_stack.back().key = std::move(v);
        return true;
    }

    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override
    {
        m_errorOffset = position;
        return false;
    }

    Salvaged finish(std::size_t textSize);

private:
    struct Frame {
        Json value;
        std::string key;
    };

    bool value(Json v)
    {
        settle();
        attach(std::move(v));
        return true;
    }

    /// A number at the very end of a text may go on in what was cut off: it counts once something follows.
    bool number(Json v)
    {
        settle();
        if (m_stack.empty())
            attach(std::move(v));
        else
            m_number = std::move(v);
        return true;
    }

    void settle()
    {
        if (!m_number)
            return;
        attach(std::move(*m_number));
        m_number.reset();
    }

    void attach(Json v)
    {
        if (m_stack.empty()) {
            m_root = std::move(v);
            m_whole = true;
        } else if (Frame& parent = m_stack.back(); parent.value.is_array()) {
            parent.value.push_back(std::move(v));
        } else {
            parent.value[parent.key] = std::move(v);
            parent.key.clear();
        }
    }

    bool open(Json container)
    {
        settle();
        m_stack.push_back({std::move(container), {}});
        return true;
    }

    bool close()
    {
        settle();
        Json done = std::move(m_stack.back().value);
        m_stack.pop_back();
        attach(std::move(done));
        return true;
    }

    Json m_root;
    bool m_whole = false;
    std::vector<Frame> m_stack;
    std::optional<Json> m_number;
    std::optional<std::size_t> m_errorOffset;
};

Salvaged Builder::finish(std::size_t textSize)
{
    if (!m_errorOffset)
        return {std::move(m_root), std::nullopt};
    Salvaged::Damage damage;
    damage.offset = std::min(*m_errorOffset, textSize);
    damage.atEnd = *m_errorOffset > textSize;
    damage.afterEnd = m_whole;
    if (!m_stack.empty())
        damage.member = m_stack.front().key;
    damage.inElement = m_stack.size() > 2 || (m_stack.size() == 2 && !m_stack.back().key.empty());
    if (m_stack.size() > 2)
        m_stack.resize(2);
    m_number.reset();
    while (!m_stack.empty())
        close();
    return {std::move(m_root), std::move(damage)};
}

std::string_view trimmed(std::string_view line)
{
    constexpr std::string_view kBlank = " \t\r,";
    const std::size_t first = line.find_first_not_of(kBlank);
    if (first == std::string_view::npos)
        return {};
    return line.substr(first, line.find_last_not_of(kBlank) - first + 1);
}

/// Discarded where it is no JSON. The parser itself takes a zero byte for the end of its text.
Json parseLine(const std::string& line)
{
    if (line.find('\0') != std::string::npos)
        return Json(Json::value_t::discarded);
    return Json::parse(line, nullptr, false);
}

void salvageLine(std::string_view line, SalvagedLines& found)
{
    const bool isMember = line.starts_with('"');
    if (!isMember && !line.starts_with('{'))
        return;
    Json json = parseLine(isMember ? fmt::format("{{{}}}", line) : std::string(line));
    if (json.is_discarded())
        found.broken += isMember || line == "{" ? 0 : 1;
    else if (isMember)
        found.members.update(json);
    else
        found.objects.push_back(std::move(json));
}

} // namespace

Salvaged parseSalvaging(const std::string& text)
{
    Builder builder;
    Json::sax_parse(text, &builder);
    return builder.finish(text.size());
}

SalvagedLines salvageLines(const std::string& text, std::size_t offset)
{
    SalvagedLines found;
    // The offset is behind the byte that broke the text, which may have been the end of its line.
    const std::size_t before = offset < 2 ? std::string::npos : text.rfind('\n', offset - 2);
    const std::size_t first = before == std::string::npos ? 0 : before + 1;
    std::size_t begin = first;
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        salvageLine(trimmed(std::string_view(text).substr(begin, end - begin)), found);
        if (begin == first)
            found.broken = 0;
        begin = end + 1;
    }
    return found;
}

} // namespace lathe::json
