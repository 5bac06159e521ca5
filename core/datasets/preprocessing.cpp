#include "core/datasets/preprocessing.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

namespace lathe {

namespace {

constexpr const char* kEntry = "lathe.preprocessing";

bool isUsable(const Preprocessing& p)
{
    const auto isPositive = [](double value) { return std::isfinite(value) && value > 0.0; };
    const std::vector<double>& deviation = p.normalisation.deviation;
    return !deviation.empty() && p.normalisation.mean.size() == deviation.size() &&
           std::all_of(deviation.begin(), deviation.end(), isPositive);
}

} // namespace

Preprocessing preprocessingOf(const Dataset& dataset)
{
    return {dataset.name, dataset.normalisation, dataset.classNames};
}

void addTo(Metadata& metadata, const Preprocessing& preprocessing)
{
    const nlohmann::ordered_json json{{"dataset", preprocessing.dataset},
                                      {"mean", preprocessing.normalisation.mean},
                                      {"deviation", preprocessing.normalisation.deviation},
                                      {"classes", preprocessing.classNames}};
    metadata[kEntry] = json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::optional<Preprocessing> preprocessingIn(const Metadata& metadata)
{
    const auto entry = metadata.find(kEntry);
    if (entry == metadata.end())
        return std::nullopt;
    try {
        const auto json = nlohmann::json::parse(entry->second);
        Preprocessing found{json.at("dataset"), {json.at("mean"), json.at("deviation")}, json.at("classes")};
        return isUsable(found) ? std::optional(std::move(found)) : std::nullopt;
    } catch (const nlohmann::json::exception&) {
        return std::nullopt;
    }
}

} // namespace lathe
