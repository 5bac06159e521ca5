#include "core/pruning/prune.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "core/base/float_formats.h"
#include "core/formats/weight_file.h"
#include "core/pruning/reparametrization.h"

namespace lathe {

namespace {

/// A tensor and the mask it has.
Result<Prunable> prunableOf(const LoadedModel& model, ParameterId id)
{
    const NamedTensor& weight = model.weights[static_cast<std::size_t>(id)];
    return asFloat32(weight.tensor).map([&](const HostTensor& values) {
        const HostTensor* keep = maskOf(model, weight.name);
        return Prunable{weight.name, values, keep != nullptr ? *keep : wholeMask(values.shape)};
    });
}

Result<std::vector<HostTensor>> one(Result<HostTensor> mask)
{
    return std::move(mask).map([](HostTensor made) { return std::vector<HostTensor>{std::move(made)}; });
}

/// `stream`: no other group's, so that no two choose alike.
Result<std::vector<HostTensor>> masksFor(const PruningStep& step, const std::vector<Prunable>& tensors,
                                         std::uint64_t seed, std::uint64_t stream)
{
    switch (step.method) {
    case PruningStep::Method::L1:
        return l1Masks(tensors, step.amount);
    case PruningStep::Method::Random:
        return randomMasks(tensors, step.amount, seed, stream);
    case PruningStep::Method::Channel:
        return one(channelMask(tensors.front(), step.amount, step.norm));
    case PruningStep::Method::NOfM:
        break;
    }
    return one(nOfMMask(tensors.front(), step.pattern));
}

bool isWeight(const Shape& shape)
{
    return shape.size() > 1;
}

/// A network without a layer's weights computes nothing; what a global amount leaves of a layer is its own affair.
Result<void> checkLeft(const std::vector<Prunable>& tensors, const std::vector<HostTensor>& masks)
{
    const HostTensor& mask = masks.front();
    if (masks.size() > 1 || !isWeight(mask.shape) || prunedEntries(mask) < elementCount(mask.shape))
        return {};
    return fail(ErrorCode::InvalidArgument,
                fmt::format("Nothing would be left of {}; choose a smaller amount, or exclude that layer.",
                            tensors.front().name));
}

Result<std::vector<Mask>> groupMasks(const LoadedModel& model, const PruningGroup& group, std::uint64_t seed)
{
    std::vector<Prunable> tensors;
    for (const ParameterId id : group.parameters) {
        Result<Prunable> tensor = prunableOf(model, id);
        if (!tensor)
            return tl::unexpected(tensor.error());
        tensors.push_back(*std::move(tensor));
    }
    auto masks = masksFor(group.step, tensors, seed, static_cast<std::uint64_t>(group.parameters.front()));
    if (!masks)
        return tl::unexpected(masks.error());
    return checkLeft(tensors, *masks).map([&] {
        std::vector<Mask> named;
        for (std::size_t i = 0; i < tensors.size(); ++i)
            named.push_back({tensors[i].name, std::move((*masks)[i])});
        return named;
    });
}

Result<void> checkModel(const LoadedModel& model)
{
    if (model.graph.isSealed())
        return fail(ErrorCode::Unsupported,
                    fmt::format("{} is a sealed TorchScript program, whose layers cannot be pruned; take an "
                                "architecture or a file of weights.",
                                model.name));
    if (model.quantization)
        return fail(ErrorCode::Unsupported,
                    fmt::format("{} is quantized; prune the file it was made from, and quantize that.", model.name));
    return {};
}

LoadedModel withMasks(const LoadedModel& model, std::vector<Mask> masks, const std::string& scheme)
{
    LoadedModel pruned = model;
    if (pruned.origin.empty())
        pruned.origin = model.name;
    applyMasks(pruned, std::move(masks), scheme);
    pruned.top1.reset(); // published of the whole network
    pruned.top5.reset();
    pruned.fileBytes = storedBytes(pruned);
    return pruned;
}

/// Where the masks of a file are for, by name.
std::map<std::string, ParameterId> parameterIds(const Graph& graph)
{
    std::map<std::string, ParameterId> ids;
    for (const PrunableParameter& p : prunableParameters(graph))
        ids.emplace(graph.parameter(p.id).name, p.id);
    return ids;
}

std::string layerOf(const std::string& parameter)
{
    return parameter.substr(0, std::min(parameter.rfind('.'), parameter.size()));
}

bool isExcluded(const std::vector<std::string>& patterns, const std::string& parameter)
{
    return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
        return namesParameter(pattern, layerOf(parameter), parameter);
    });
}

} // namespace

Result<LoadedModel> prune(const LoadedModel& model, const PruningPlan& plan)
{
    const auto groups = checkModel(model).and_then([&] { return selectParameters(model.graph, plan); });
    if (!groups)
        return tl::unexpected(groups.error());
    std::vector<Mask> masks;
    for (const PruningGroup& group : *groups) {
        auto made = groupMasks(model, group, plan.seed);
        if (!made)
            return tl::unexpected(made.error());
        std::move(made->begin(), made->end(), std::back_inserter(masks));
    }
    return withMasks(model, std::move(masks), toString(plan));
}

Result<LoadedModel> pruneByMasks(const LoadedModel& model, const StateDict& masks,
                                 const std::vector<std::string>& excluded, const std::string& source)
{
    if (const auto sound = checkModel(model); !sound)
        return tl::unexpected(sound.error());
    const std::map<std::string, ParameterId> ids = parameterIds(model.graph);
    std::vector<Mask> made;
    for (const NamedTensor& mask : masks) {
        const auto id = ids.find(mask.name);
        if (id == ids.end())
            return fail(ErrorCode::NotFound, fmt::format("{} has a mask of \"{}\", which is no parameter of {}.",
                                                         source, mask.name, model.name));
        if (isExcluded(excluded, mask.name))
            continue;
        const auto keep = prunableOf(model, id->second).and_then([&](const Prunable& tensor) {
            return customMask(tensor, mask.tensor);
        });
        if (!keep)
            return fail(keep.error().code, fmt::format("{}: {}", source, keep.error().message));
        made.push_back({mask.name, *keep});
    }
    if (made.empty())
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("Every layer that {} has a mask of is excluded; exclude less.", source));
    return withMasks(model, std::move(made), "custom masks");
}

Result<StateDict> readMasks(const std::filesystem::path& path)
{
    Result<WeightFile> file = readWeightFile(path);
    if (!file)
        return tl::unexpected(file.error());
    const std::string_view suffix = kMaskSuffix;
    const auto isNamedMask = [&](const NamedTensor& tensor) { return tensor.name.ends_with(suffix); };
    StateDict masks = std::move(file->tensors);
    if (std::any_of(masks.begin(), masks.end(), isNamedMask)) {
        std::erase_if(masks, [&](const NamedTensor& tensor) { return !isNamedMask(tensor); });
        for (NamedTensor& mask : masks)
            mask.name.resize(mask.name.size() - suffix.size());
    }
    if (masks.empty())
        return fail(ErrorCode::BadFile, fmt::format("{} holds no masks; a mask is a tensor of 0 and 1 that is named "
                                                    "like the parameter it is for, or that with \"_mask\" behind it.",
                                                    path.string()));
    return masks;
}

} // namespace lathe
