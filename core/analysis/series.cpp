#include "core/analysis/series.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace lathe {

namespace {

std::string inputName(const Shape& input)
{
    return fmt::format("{}", fmt::join(input, "×"));
}

/// The parts of a configuration that may tell records of one model apart, in words.
std::vector<std::string> configurationParts(const Record& record)
{
    const Configuration& c = record.configuration;
    return {c.mode,   fmt::format("b{}", c.batch), fmt::format("{} thr", c.threads), inputName(c.input),
            c.device, record.environment.host};
}

/// The last `count` parts of a path; all of it where it has no more.
std::string lastParts(const std::string& path, std::size_t count)
{
    std::size_t start = std::min(path.find_last_not_of('/'), path.size()); // a folder may end with a slash
    for (; count > 0 && start != std::string::npos && start > 0; --count)
        start = path.rfind('/', start - 1);
    return count > 0 || start == std::string::npos ? path : path.substr(start + 1);
}

/// Which parts are not alike for all members.
std::vector<bool> differingParts(const std::vector<Record>& records, const std::vector<std::size_t>& members)
{
    const std::vector<std::string> first = configurationParts(records[members.front()]);
    std::vector<bool> differs(first.size(), false);
    for (const std::size_t i : members) {
        const std::vector<std::string> parts = configurationParts(records[i]);
        for (std::size_t p = 0; p < parts.size(); ++p)
            differs[p] = differs[p] || parts[p] != first[p];
    }
    return differs;
}

std::string nameOf(const Record& record, std::string name, const std::vector<bool>& told)
{
    const std::vector<std::string> parts = configurationParts(record);
    for (std::size_t p = 0; p < parts.size(); ++p)
        if (told[p] && !parts[p].empty())
            name += " · " + parts[p];
    return name;
}

} // namespace

std::size_t commonEnvironment(const std::vector<Record>& records)
{
    struct Kind {
        std::size_t last; ///< the newest record of it
        std::size_t count;
    };
    std::vector<Kind> kinds; // a few machines, however many records
    for (std::size_t i = 0; i < records.size(); ++i) {
        const auto known = std::find_if(kinds.begin(), kinds.end(),
                                        [&](const Kind& kind) { return sameSeries(records[kind.last], records[i]); });
        if (known == kinds.end())
            kinds.push_back({i, 1});
        else
            *known = {i, known->count + 1};
    }
    const auto most = std::max_element(kinds.begin(), kinds.end(), [](const Kind& a, const Kind& b) {
        return std::tie(a.count, a.last) < std::tie(b.count, b.last);
    });
    return most == kinds.end() ? 0 : most->last;
}

std::vector<std::size_t> comparableRecords(const std::vector<Record>& records)
{
    const std::size_t common = commonEnvironment(records);
    std::vector<std::size_t> chosen;
    std::set<std::string> known;
    for (std::size_t i = records.size(); i-- > 0;) // the last of repeats is met first
        if (sameSeries(records[i], records[common]) && known.insert(describe(records[i].configuration)).second)
            chosen.push_back(i);
    std::reverse(chosen.begin(), chosen.end());
    return chosen;
}

std::vector<std::string> modelTitles(const std::vector<std::string>& models)
{
    std::map<std::string, std::size_t> depths; // by model: how many parts its title has
    for (const std::string& model : models)
        depths[model] = 1;
    for (bool grew = true; grew;) {
        grew = false;
        std::map<std::string, std::vector<std::string>> byTitle;
        for (const auto& [model, depth] : depths)
            byTitle[lastParts(model, depth)].push_back(model);
        for (const auto& [title, alike] : byTitle)
            for (const std::string& model : alike)
                if (alike.size() > 1 && title != model) { // the whole path is as long as a title gets
                    ++depths[model];
                    grew = true;
                }
    }
    std::vector<std::string> titles;
    for (const std::string& model : models)
        titles.push_back(lastParts(model, depths[model]));
    return titles;
}

std::vector<std::string> modelTitles(const std::vector<Record>& records)
{
    std::vector<std::string> models;
    for (const Record& record : records)
        models.push_back(record.configuration.model);
    return modelTitles(models);
}

std::vector<std::string> recordNames(const std::vector<Record>& records)
{
    std::map<std::string, std::vector<std::size_t>> byModel;
    for (std::size_t i = 0; i < records.size(); ++i)
        byModel[records[i].configuration.model].push_back(i);

    const std::vector<std::string> titles = modelTitles(records);
    std::vector<std::string> names(records.size());
    for (const auto& [model, members] : byModel) {
        const std::vector<bool> told = differingParts(records, members);
        for (const std::size_t i : members)
            names[i] = nameOf(records[i], titles[i], told);
    }
    return names;
}

std::string schemeTitle(const Record& record)
{
    if (!record.scheme.empty())
        return record.scheme;
    return record.configuration.mode == "bf16" ? "bf16" : "float32";
}

std::string typeTitle(const std::string& type)
{
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kTitles{
        {{"cnn", "CNN"},
         {"vit", "ViT"},
         {"mlp", "MLP"},
         {"hybrid", "Hybrid"},
         {"transformer", "Transformer"},
         {"", "Unknown type"}}};
    for (const auto& [key, title] : kTitles)
        if (key == type)
            return std::string(title);
    return type;
}

} // namespace lathe
