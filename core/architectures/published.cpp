#include "core/architectures/published.h"

#include <string_view>

#include <nlohmann/json.hpp>

namespace lathe {

namespace resources {
extern const std::string_view kPublishedJson;
}

namespace {

/// Features alone (null accuracies) are no weights to classify with.
bool classify(const nlohmann::json& weights)
{
    return weights.at("acc1").is_number() && weights.at("acc5").is_number();
}

PublishedWeights weightsFrom(const nlohmann::json& entry)
{
    return {.name = entry.at("name"),
            .top1 = entry.at("acc1").get<double>() / 100.0,
            .top5 = entry.at("acc5").get<double>() / 100.0,
            .gmacs = entry.at("gmacs"),
            .fileMegabytes = entry.at("file_mb"),
            .crop = entry.at("crop")};
}

} // namespace

PublishedFigures publishedFigures()
{
    const nlohmann::json all = nlohmann::json::parse(resources::kPublishedJson);
    PublishedFigures figures;
    for (const auto& [name, architecture] : all.items())
        for (const nlohmann::json& weights : architecture.value("weights", nlohmann::json::array()))
            if (classify(weights))
                figures[name].push_back(weightsFrom(weights));
    return figures;
}

} // namespace lathe
