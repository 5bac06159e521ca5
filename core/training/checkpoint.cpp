#include "core/training/checkpoint.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/words.h"
#include "core/formats/safetensors.h"
#include "core/training/training_json.h"

namespace lathe {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kEntry = "lathe.checkpoint";
constexpr int kVersion = 1;

// What a tensor's name in the file begins with.
constexpr const char* kWeights = "weights/";
constexpr const char* kOptimizer = "optimizer/";
constexpr const char* kBest = "best/";

Json toJson(const Checkpoint& c)
{
    Json json{{"version", kVersion},      {"identity", Json::parse(c.identity)},
              {"history", Json::array()}, {"best", nullptr},
              {"step", c.step},           {"loss_sum", c.lossSum},
              {"correct", c.correct},     {"images", c.images},
              {"seconds", c.seconds},     {"data_seconds", c.dataSeconds}};
    for (const EpochResult& epoch : c.history)
        json["history"].push_back(toJson(epoch));
    if (c.best)
        json["best"] = {{"epoch", c.best->epoch}, {"accuracy", c.best->accuracy}};
    return json;
}

Checkpoint checkpointFrom(const Json& json)
{
    Checkpoint c;
    c.identity = json.at("identity").dump();
    c.step = json.at("step");
    c.lossSum = json.at("loss_sum");
    c.correct = json.at("correct");
    c.images = json.at("images");
    c.seconds = json.at("seconds");
    c.dataSeconds = json.at("data_seconds");
    for (const Json& epoch : json.at("history"))
        c.history.push_back(epochFrom(epoch));
    if (const Json& best = json.at("best"); !best.is_null())
        c.best = BestWeights{best.at("epoch"), best.at("accuracy"), {}};
    return c;
}

void append(StateDict& all, const char* prefix, const StateDict& tensors)
{
    for (const NamedTensor& entry : tensors)
        all.push_back({prefix + entry.name, entry.tensor});
}

StateDict takeAll(const StateDict& all, std::string_view prefix)
{
    StateDict taken;
    for (const NamedTensor& entry : all)
        if (entry.name.starts_with(prefix))
            taken.push_back({entry.name.substr(prefix.size()), entry.tensor});
    return taken;
}

Result<void> checkIdentity(const std::filesystem::path& path, const std::string& found, const std::string& wanted)
{
    const auto differing = identityDifferences(found, wanted);
    if (differing.empty())
        return {};
    return fail(ErrorCode::InvalidArgument,
                fmt::format("{} was made by another training, with another {}; train with the same options to go on, "
                            "or delete it to start over.",
                            path.string(), listText(differing, 3)));
}

tl::unexpected<Error> damaged(const std::filesystem::path& path)
{
    return fail(ErrorCode::BadFile, fmt::format("{} is no checkpoint of a training that can be gone on with; delete it "
                                                "to start over.",
                                                path.string()));
}

} // namespace

Result<void> writeCheckpoint(const std::filesystem::path& path, const Checkpoint& checkpoint)
{
    StateDict tensors;
    append(tensors, kWeights, checkpoint.state.weights);
    append(tensors, kOptimizer, checkpoint.state.optimizer);
    if (checkpoint.best)
        append(tensors, kBest, checkpoint.best->weights);
    return writeSafetensors(path, tensors, {{kEntry, toJson(checkpoint).dump()}});
}

Result<Checkpoint> readCheckpoint(const std::filesystem::path& path, const std::string& identity)
{
    const Result<SafetensorsFile> file = readSafetensors(path);
    if (!file)
        return tl::unexpected(file.error());
    const auto entry = file->metadata.find(kEntry);
    if (entry == file->metadata.end())
        return damaged(path);
    try {
        const Json json = Json::parse(entry->second);
        if (json.at("version").get<int>() > kVersion)
            return fail(ErrorCode::Unsupported,
                        fmt::format("{} was written by a newer Lathe; go on with that one, or delete it to start over.",
                                    path.string()));
        Checkpoint checkpoint = checkpointFrom(json);
        if (const auto same = checkIdentity(path, checkpoint.identity, identity); !same)
            return tl::unexpected(same.error());
        checkpoint.state = {takeAll(file->tensors, kWeights), takeAll(file->tensors, kOptimizer)};
        if (checkpoint.best)
            checkpoint.best->weights = takeAll(file->tensors, kBest);
        return checkpoint;
    } catch (const Json::exception&) {
        return damaged(path);
    }
}

std::filesystem::path checkpointBeside(const std::filesystem::path& out)
{
    std::filesystem::path path = out;
    return path += ".checkpoint";
}

} // namespace lathe
