#include "core/analysis/csv_table_p.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <iterator>

namespace lathe {

namespace {

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view kBlank = " \t";
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string lowerCase(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

/// Takes the text apart cell by cell.
class Splitter {
public:
    explicit Splitter(std::string_view text) : m_text(text) {}

    bool atEnd() const { return m_at >= m_text.size(); }

    std::vector<std::string> row()
    {
        std::vector<std::string> cells{cell()};
        while (!atEnd() && m_text[m_at] == ',') {
            ++m_at;
            cells.push_back(cell());
        }
        passLineEnd();
        return cells;
    }

private:
    std::string cell()
    {
        while (!atEnd() && m_text[m_at] == ' ')
            ++m_at;
        std::string quoted = !atEnd() && m_text[m_at] == '"' ? quotedPart() : std::string();
        const std::size_t end = std::min(m_text.find_first_of(",\r\n", m_at), m_text.size());
        const std::string_view plain = trimmed(m_text.substr(m_at, end - m_at));
        m_at = end;
        return quoted.append(plain);
    }

    std::string quotedPart()
    {
        std::string text;
        while (++m_at < m_text.size()) {
            if (m_text[m_at] != '"')
                text += m_text[m_at];
            else if (m_text.substr(m_at + 1, 1) == "\"")
                text += m_text[m_at++];
            else
                break;
        }
        m_at = std::min(m_at + 1, m_text.size());
        return text;
    }

    void passLineEnd()
    {
        if (m_text.substr(m_at, 2) == "\r\n")
            ++m_at;
        ++m_at;
    }

    std::string_view m_text;
    std::size_t m_at = 0;
};

bool isBlank(const std::vector<std::string>& cells)
{
    return cells.size() == 1 && cells.front().empty();
}

} // namespace

CsvTable::CsvTable(std::string_view text)
{
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text.starts_with(kByteOrderMark))
        text.remove_prefix(kByteOrderMark.size());
    Splitter splitter(text);
    while (!splitter.atEnd()) {
        Row row = splitter.row();
        if (isBlank(row))
            continue;
        if (m_header.empty())
            std::transform(row.begin(), row.end(), std::back_inserter(m_header), lowerCase);
        else
            m_rows.push_back(std::move(row));
    }
}

std::optional<std::size_t> CsvTable::column(std::initializer_list<std::string_view> names) const
{
    for (const std::string_view name : names) {
        const auto found = std::find(m_header.begin(), m_header.end(), name);
        if (found != m_header.end())
            return static_cast<std::size_t>(found - m_header.begin());
    }
    return std::nullopt;
}

std::string_view CsvTable::text(std::size_t row, std::optional<std::size_t> column) const
{
    const Row& cells = m_rows[row];
    return column && *column < cells.size() ? std::string_view(cells[*column]) : std::string_view();
}

std::optional<double> CsvTable::number(std::size_t row, std::optional<std::size_t> column) const
{
    const std::string_view cell = trimmed(text(row, column));
    double value = 0.0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (error != std::errc() || end != cell.data() + cell.size() || !std::isfinite(value))
        return std::nullopt;
    return value;
}

} // namespace lathe
