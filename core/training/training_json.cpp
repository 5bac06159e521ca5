#include "core/training/training_json.h"

#include <fmt/format.h>

#include "core/base/proportions.h"
#include "core/base/words.h"

namespace lathe {

namespace {

using Json = nlohmann::ordered_json;

Json optionalJson(const std::optional<double>& value)
{
    return value ? Json(*value) : Json(nullptr);
}

std::optional<double> optionalFrom(const Json& json)
{
    return json.is_null() ? std::nullopt : std::optional(json.get<double>());
}

} // namespace

nlohmann::ordered_json toJson(const EpochResult& e)
{
    return {{"epoch", e.epoch},
            {"learning_rate", e.learningRate},
            {"loss", e.loss},
            {"accuracy", e.accuracy},
            {"validation_loss", optionalJson(e.validationLoss)},
            {"validation_accuracy", optionalJson(e.validationAccuracy)},
            {"seconds", e.seconds},
            {"data_seconds", e.dataSeconds},
            {"images", e.images}};
}

EpochResult epochFrom(const nlohmann::ordered_json& json)
{
    return {.epoch = json.at("epoch"),
            .learningRate = json.at("learning_rate"),
            .loss = json.at("loss"),
            .accuracy = json.at("accuracy"),
            .validationLoss = optionalFrom(json.at("validation_loss")),
            .validationAccuracy = optionalFrom(json.at("validation_accuracy")),
            .seconds = json.at("seconds"),
            .dataSeconds = json.at("data_seconds"),
            .images = json.at("images")};
}

nlohmann::ordered_json toJson(const Evaluation& e)
{
    return {{"samples", e.samples}, {"correct", e.correct},     {"accuracy", e.accuracy},
            {"loss", e.loss},       {"confusion", e.confusion}, {"predictions", e.predictions}};
}

Evaluation evaluationFrom(const nlohmann::ordered_json& json)
{
    Evaluation e;
    e.samples = json.at("samples");
    e.correct = json.at("correct");
    e.accuracy = json.at("accuracy");
    e.interval = stats::wilsonInterval(e.correct, e.samples);
    e.loss = json.at("loss");
    json.at("confusion").get_to(e.confusion);
    json.at("predictions").get_to(e.predictions);
    return e;
}

std::vector<std::string> identityDifferences(const std::string& foundText, const std::string& wantedText)
{
    const Json found = Json::parse(foundText);
    const Json wanted = Json::parse(wantedText);
    std::vector<std::string> all;
    for (const auto& [key, value] : wanted.items()) {
        const Json other = found.value(key, Json());
        if (other != value)
            all.push_back(
                fmt::format("{} ({} and not {})", key, shortened(other.dump(), 40), shortened(value.dump(), 40)));
    }
    return all;
}

} // namespace lathe
