#include "core/distillation/arm.h"

#include <fmt/format.h>

#include "core/base/checksum.h"
#include "core/base/files.h"
#include "core/training/training_json.h"

namespace lathe {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

fs::path resultBeside(fs::path model)
{
    return model.replace_extension(".json");
}

Result<std::uint32_t> checksumOf(const fs::path& file)
{
    return readFile(file).map([](const std::string& bytes) { return checksum(bytes.data(), bytes.size()); });
}

ArmResult armFrom(const Json& json)
{
    ArmResult result;
    for (const Json& epoch : json.at("history"))
        result.history.push_back(epochFrom(epoch));
    result.keptEpoch = json.at("kept_epoch");
    result.test = evaluationFrom(json.at("test"));
    return result;
}

} // namespace

std::string_view name(Arm arm)
{
    return arm == Arm::Control ? "control" : "distilled";
}

double ArmResult::seconds() const
{
    double sum = 0.0;
    for (const EpochResult& epoch : history)
        sum += epoch.seconds;
    return sum;
}

std::vector<std::vector<std::int64_t>> summedConfusion(const std::vector<ArmResult>& arms)
{
    std::vector<std::vector<std::int64_t>> sum = arms.front().test.confusion;
    for (std::size_t arm = 1; arm < arms.size(); ++arm)
        for (std::size_t label = 0; label < sum.size(); ++label)
            for (std::size_t answer = 0; answer < sum[label].size(); ++answer)
                sum[label][answer] += arms[arm].test.confusion[label][answer];
    return sum;
}

fs::path armModel(const fs::path& folder, Arm arm, std::uint64_t seed)
{
    return folder / fmt::format("{}-{}.safetensors", name(arm), seed);
}

Result<void> writeArm(const ArmResult& result)
{
    const Result<std::uint32_t> sum = checksumOf(result.model);
    if (!sum)
        return tl::unexpected(sum.error());
    Json json{{"arm", name(result.arm)},        {"seed", result.seed},
              {"model_checksum", *sum},         {"test", toJson(result.test)},
              {"kept_epoch", result.keptEpoch}, {"history", Json::array()}};
    for (const EpochResult& epoch : result.history)
        json["history"].push_back(toJson(epoch));
    return writeFileAtomically(resultBeside(result.model), json.dump() + "\n");
}

std::optional<ArmResult> readArm(const fs::path& folder, Arm arm, std::uint64_t seed)
{
    const fs::path model = armModel(folder, arm, seed);
    const Result<std::string> text = readFile(resultBeside(model));
    const Result<std::uint32_t> sum = checksumOf(model);
    if (!text || !sum)
        return {};
    try {
        const Json json = Json::parse(*text);
        if (json.at("model_checksum").get<std::uint32_t>() != *sum)
            return {};
        ArmResult result = armFrom(json);
        result.arm = arm;
        result.seed = seed;
        result.model = model;
        return result;
    } catch (const Json::exception&) {
        return {};
    }
}

} // namespace lathe
