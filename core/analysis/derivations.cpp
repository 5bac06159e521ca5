#include "core/analysis/derivations.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>

#include <fmt/format.h>

#include "core/analysis/significant.h"
#include "core/architectures/catalogue.h"

namespace lathe {

namespace {

/// Files of one name; an architecture's name is no file's.
bool sameFileName(const std::string& a, const std::string& b)
{
    return fileName(a) == fileName(b) && !findArchitecture(a) && !findArchitecture(b);
}

/// Which of the modes that an uncompressed network was measured in tells best what it can do: the higher the better.
int rankOf(const std::string& mode)
{
    return mode == "fused" ? 2 : mode == "bf16" ? 1 : 0;
}

bool measuredAlike(const Record& a, const Record& b)
{
    return a.configuration.batch == b.configuration.batch && a.configuration.threads == b.configuration.threads &&
           a.configuration.input == b.configuration.input && sameSeries(a, b);
}

/// Those of uncompressed networks that `isOrigin` takes for the one the record was made from.
template <class Test>
std::vector<std::size_t> candidates(const Record& derived, const std::vector<Record>& records, const Test& isOrigin)
{
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < records.size(); ++i)
        if (records[i].scheme.empty() && isOrigin(records[i]) && measuredAlike(records[i], derived))
            found.push_back(i);
    return found;
}

bool areOneModel(const std::vector<std::size_t>& which, const std::vector<Record>& records)
{
    return std::all_of(which.begin(), which.end(), [&](std::size_t i) {
        return records[i].configuration.model == records[which.front()].configuration.model;
    });
}

/// The last record of each mode.
std::vector<std::size_t> lastOfModes(const std::vector<std::size_t>& which, const std::vector<Record>& records)
{
    std::vector<std::size_t> last;
    std::set<std::string> known;
    for (auto i = which.rbegin(); i != which.rend(); ++i)
        if (known.insert(records[*i].configuration.mode).second)
            last.push_back(*i);
    return last;
}

std::optional<std::size_t> best(const std::vector<std::size_t>& which, const std::vector<Record>& records)
{
    const std::vector<std::size_t> last = lastOfModes(which, records);
    const auto standing = [&](std::size_t i) {
        return std::tuple(rankOf(records[i].configuration.mode), records[i].throughput);
    };
    const auto found = std::max_element(last.begin(), last.end(),
                                        [&](std::size_t a, std::size_t b) { return standing(a) < standing(b); });
    return found == last.end() ? std::nullopt : std::optional(*found);
}

std::string speedText(const Record& derived, const Record& origin)
{
    const double ratio = derived.throughput / origin.throughput;
    const bool hasInterval = origin.throughputLow > 0.0 && origin.throughputHigh > 0.0;
    const double low = hasInterval ? derived.throughputLow / origin.throughputHigh : ratio;
    const double high = hasInterval ? derived.throughputHigh / origin.throughputLow : ratio;
    return fmt::format("{} times as fast as {} {}", formatWithInterval(ratio, low, high),
                       fileName(origin.configuration.model), origin.configuration.mode);
}

/// "file 25 % of its size"; empty where neither size is known.
std::string sizeText(const Record& derived, const Record& origin)
{
    const bool files = derived.fileBytes && origin.fileBytes && *origin.fileBytes > 0;
    if (!files && origin.parameterBytes <= 0)
        return {};
    const double share = files
                             ? static_cast<double>(*derived.fileBytes) / static_cast<double>(*origin.fileBytes)
                             : static_cast<double>(derived.parameterBytes) / static_cast<double>(origin.parameterBytes);
    return fmt::format("{} {} % of its size", files ? "file" : "weights", formatSignificant(100.0 * share, 2));
}

/// "batch 8, 2 threads, 3x224x224".
std::string conditionsText(const Configuration& configuration)
{
    return fmt::format("batch {}, {} {}, {}", configuration.batch, configuration.threads,
                       configuration.threads == 1 ? "thread" : "threads", toString(configuration.input));
}

} // namespace

std::string_view fileName(std::string_view model)
{
    while (model.ends_with('/'))
        model.remove_suffix(1);
    return model.substr(model.rfind('/') + 1); // npos + 1 is 0
}

std::optional<std::size_t> originOf(const Record& derived, const std::vector<Record>& records,
                                    const std::function<bool(const Record&)>& isWanted)
{
    if (derived.scheme.empty() || derived.origin.empty())
        return std::nullopt;
    const auto mayBe = [&](const Record& record) { return !isWanted || isWanted(record); };
    const auto named = candidates(derived, records, [&](const Record& record) {
        return mayBe(record) && record.configuration.model == derived.origin;
    });
    if (!named.empty())
        return best(named, records);
    const auto moved = candidates(derived, records, [&](const Record& record) {
        return mayBe(record) && sameFileName(record.configuration.model, derived.origin);
    });
    return areOneModel(moved, records) ? best(moved, records) : std::nullopt;
}

std::vector<Derivation> derivations(const std::vector<Record>& records)
{
    std::vector<Derivation> all;
    for (std::size_t i = 0; i < records.size(); ++i)
        if (const auto origin = originOf(records[i], records))
            all.push_back({*origin, i});
    return all;
}

std::string gainText(const Record& derived, const Record& origin)
{
    const std::string size = sizeText(derived, origin);
    return speedText(derived, origin) + (size.empty() ? "" : ", " + size);
}

std::string gainSentence(const Record& record, const std::vector<Record>& records)
{
    if (record.scheme.empty())
        return {};
    if (const auto origin = originOf(record, records))
        return gainText(record, records[*origin]) + ".";
    if (record.origin.empty())
        return "its file does not tell what it was made from.";
    return fmt::format("measure {} with {} too to see what was gained.", fileName(record.origin),
                       conditionsText(record.configuration));
}

} // namespace lathe
