#include "core/formats/pruned_file.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "core/base/float_formats.h"
#include "core/base/words.h"
#include "core/formats/tensor_name.h"
#include "core/pruning/masks.h"
#include "core/pruning/reparametrization.h"

namespace lathe {

namespace {

constexpr const char* kUnknownScheme = "pruned elsewhere";

using Places = std::map<std::string, std::size_t>;

/// The name without what pruning put behind it; nothing if it has no such end.
std::optional<std::string> without(const std::string& name, std::string_view suffix)
{
    if (name.size() <= suffix.size() || !name.ends_with(suffix))
        return std::nullopt;
    return name.substr(0, name.size() - suffix.size());
}

/// Where the masks are whose originals are there too, by the parameter's name.
Places masksOf(const StateDict& tensors)
{
    Places originals;
    for (std::size_t i = 0; i < tensors.size(); ++i)
        if (const auto name = without(tensors[i].name, kOriginalSuffix))
            originals.emplace(*name, i);
    Places masks;
    for (std::size_t i = 0; i < tensors.size(); ++i)
        if (const auto name = without(tensors[i].name, kMaskSuffix); name && originals.contains(*name))
            masks.emplace(*name, i);
    return masks;
}

struct Pair {
    Mask mask;
    NamedTensor original; ///< float32
};

Result<Pair> pairOf(const std::string& parameter, const HostTensor& original, const HostTensor& mask,
                    const std::string& source)
{
    if (mask.shape != original.shape)
        return fail(ErrorCode::BadFile, fmt::format("{}: the mask of \"{}\" is {} and what it is for {}.", source,
                                                    shortened(parameter, kLongestQuotedName), toString(mask.shape),
                                                    toString(original.shape)));
    const Result<HostTensor> values = asFloat32(original);
    const Result<HostTensor> keep = asMask(mask, shortened(parameter, kLongestQuotedName));
    if (!values || !keep)
        return fail(ErrorCode::BadFile,
                    fmt::format("{}: {}", source, (values ? keep.error() : values.error()).message));
    return Pair{{parameter, *keep}, {parameter, *values}};
}

bool fits(const LoadedModel& model, const Mask& mask)
{
    return std::any_of(model.graph.parameters().begin(), model.graph.parameters().end(), [&](const Parameter& p) {
        return p.trainable && p.name == mask.parameter && p.shape == mask.keep.shape;
    });
}

/// In the order of the graph's parameters.
Pruning inOrder(const Graph& graph, const Pruning& pruning)
{
    Pruning sorted{{}, {}, pruning.scheme};
    for (const Parameter& parameter : graph.parameters())
        for (std::size_t i = 0; i < pruning.masks.size(); ++i)
            if (pruning.masks[i].parameter == parameter.name) {
                sorted.masks.push_back(pruning.masks[i]);
                sorted.originals.push_back(pruning.originals[i]);
            }
    return sorted;
}

} // namespace

Result<std::optional<Pruning>> takeMasks(StateDict& tensors, const std::string& source)
{
    const Places masks = masksOf(tensors);
    if (masks.empty())
        return std::optional<Pruning>();
    Pruning pruning;
    StateDict rest;
    for (const NamedTensor& tensor : tensors) {
        const auto original = without(tensor.name, kOriginalSuffix);
        const auto mask = without(tensor.name, kMaskSuffix);
        if (original && masks.contains(*original)) {
            auto pair = pairOf(*original, tensor.tensor, tensors[masks.at(*original)].tensor, source);
            if (!pair)
                return tl::unexpected(pair.error());
            rest.push_back({*original, masked(pair->original.tensor, pair->mask.keep)});
            pruning.masks.push_back(std::move(pair->mask));
            pruning.originals.push_back(std::move(pair->original));
        } else if (!mask || !masks.contains(*mask)) {
            rest.push_back(tensor);
        }
    }
    tensors = std::move(rest);
    return std::optional(std::move(pruning));
}

void attachMasks(LoadedModel& model, std::optional<Pruning> pruning, const std::string& scheme)
{
    model.scheme = scheme;
    if (!pruning)
        return;
    pruning->scheme = scheme.empty() ? kUnknownScheme : scheme;
    const auto& masks = pruning->masks;
    if (std::all_of(masks.begin(), masks.end(), [&](const Mask& mask) { return fits(model, mask); })) {
        model.pruning = inOrder(model.graph, *pruning);
        model.scheme.clear();
        return;
    }
    model.scheme = pruning->scheme;
    model.notes.emplace_back(
        "Its masks were made permanent, since its tensors are named otherwise than the catalogue's "
        "network has them.");
}

StateDict prunedTensors(const LoadedModel& model, DType maskType)
{
    return model.pruning ? reparametrized(model.graph, model.weights, *model.pruning, maskType) : model.weights;
}

} // namespace lathe
