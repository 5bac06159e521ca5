#include "core/pruning/reparametrization.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "core/base/float_formats.h"
#include "core/pruning/masks_p.h"

namespace lathe {

namespace {

std::string_view moduleOf(std::string_view parameter)
{
    return parameter.substr(0, std::min(parameter.rfind('.'), parameter.size()));
}

/// Where a module's parameters end, of which the first is number `begin`.
std::size_t endOfModule(const std::vector<Parameter>& parameters, std::size_t begin)
{
    std::size_t end = begin;
    while (end < parameters.size() && moduleOf(parameters[end].name) == moduleOf(parameters[begin].name))
        ++end;
    return end;
}

/// What a name in PyTorch's pruned module stands for.
struct Entry {
    enum class Kind { Plain, Original, Mask };
    Kind kind = Kind::Plain;
    std::size_t parameter = 0; ///< of the graph
    std::size_t mask = 0;      ///< of the pruning

    std::string name(const Graph& graph) const
    {
        const std::string& plain = graph.parameters()[parameter].name;
        return kind == Kind::Plain ? plain : plain + (kind == Kind::Mask ? kMaskSuffix : kOriginalSuffix);
    }
};

struct Entries {
    std::vector<Entry> parameters;
    std::vector<Entry> buffers;
};

using MaskPlaces = std::map<std::string_view, std::size_t>;

MaskPlaces placesOf(const Pruning* pruning)
{
    MaskPlaces places;
    for (std::size_t i = 0; pruning != nullptr && i < pruning->masks.size(); ++i)
        places.emplace(pruning->masks[i].parameter, i);
    return places;
}

/// Of one module: pruning takes a parameter off its list and puts the original, and among the buffers the mask, at the
/// end.
Entries entriesOf(const Graph& graph, std::size_t begin, std::size_t end, const MaskPlaces& masks)
{
    Entries entries;
    std::vector<Entry> originals;
    std::vector<Entry> ofMasks;
    for (std::size_t i = begin; i < end; ++i) {
        const Parameter& parameter = graph.parameters()[i];
        const auto found = masks.find(parameter.name);
        if (found != masks.end()) {
            originals.push_back({Entry::Kind::Original, i, found->second});
            ofMasks.push_back({Entry::Kind::Mask, i, found->second});
        } else {
            (parameter.trainable ? entries.parameters : entries.buffers).push_back({Entry::Kind::Plain, i, 0});
        }
    }
    entries.parameters.insert(entries.parameters.end(), originals.begin(), originals.end());
    entries.buffers.insert(entries.buffers.end(), ofMasks.begin(), ofMasks.end());
    return entries;
}

template <class Visit> void forEachModule(const Graph& graph, const Pruning* pruning, Visit visit)
{
    const MaskPlaces masks = placesOf(pruning);
    for (std::size_t begin = 0; begin < graph.parameters().size();) {
        const std::size_t end = endOfModule(graph.parameters(), begin);
        visit(entriesOf(graph, begin, end, masks));
        begin = end;
    }
}

/// A mask as PyTorch has it.
HostTensor asFloats(const HostTensor& mask)
{
    const WritableTensor made = makeTensor(DType::Float32, mask.shape);
    std::transform(maskBytes(mask), maskBytes(mask) + elementCount(mask.shape), reinterpret_cast<float*>(made.bytes),
                   [](std::uint8_t keep) { return keep != 0 ? 1.0F : 0.0F; });
    return made.tensor;
}

/// `kept` where the mask keeps an entry, else `pruned`.
HostTensor merged(const HostTensor& kept, const HostTensor& pruned, const HostTensor& keep)
{
    const WritableTensor made = makeTensor(DType::Float32, kept.shape);
    auto* out = reinterpret_cast<float*>(made.bytes);
    for (std::int64_t i = 0; i < elementCount(kept.shape); ++i)
        out[i] = maskBytes(keep)[i] != 0 ? kept.floats()[i] : pruned.floats()[i];
    return made.tensor;
}

std::size_t placeOf(const Graph& graph, const std::string& parameter)
{
    const auto& all = graph.parameters();
    return static_cast<std::size_t>(
        std::find_if(all.begin(), all.end(), [&](const Parameter& p) { return p.name == parameter; }) - all.begin());
}

/// Masks and originals in the order of the graph's parameters.
void sort(Pruning& pruning, const Graph& graph)
{
    std::map<std::size_t, std::pair<Mask, NamedTensor>> sorted;
    for (std::size_t i = 0; i < pruning.masks.size(); ++i) {
        const std::size_t place = placeOf(graph, pruning.masks[i].parameter);
        sorted.emplace(place, std::pair(std::move(pruning.masks[i]), std::move(pruning.originals[i])));
    }
    pruning.masks.clear();
    pruning.originals.clear();
    for (auto& [place, entry] : sorted) {
        pruning.masks.push_back(std::move(entry.first));
        pruning.originals.push_back(std::move(entry.second));
    }
}

} // namespace

ModuleNames moduleNames(const Graph& graph, const Pruning* pruning)
{
    ModuleNames names;
    forEachModule(graph, pruning, [&](const Entries& module) {
        for (const Entry& entry : module.parameters)
            names.parameters.push_back(entry.name(graph));
        for (const Entry& entry : module.buffers)
            names.buffers.push_back(entry.name(graph));
    });
    return names;
}

StateDict reparametrized(const Graph& graph, const StateDict& weights, const Pruning& pruning, DType maskType)
{
    StateDict state;
    const auto add = [&](const Entry& entry) {
        const HostTensor* tensor = &weights[entry.parameter].tensor;
        if (entry.kind == Entry::Kind::Original)
            tensor = &pruning.originals[entry.mask].tensor;
        if (entry.kind == Entry::Kind::Mask)
            tensor = &pruning.masks[entry.mask].keep;
        const bool widens = entry.kind == Entry::Kind::Mask && maskType == DType::Float32;
        state.push_back({entry.name(graph), widens ? asFloats(*tensor) : *tensor});
    };
    forEachModule(graph, &pruning, [&](const Entries& module) {
        std::for_each(module.parameters.begin(), module.parameters.end(), add);
        std::for_each(module.buffers.begin(), module.buffers.end(), add);
    });
    return state;
}

HostTensor masked(const HostTensor& values, const HostTensor& keep)
{
    const WritableTensor made = makeTensor(DType::Float32, values.shape);
    auto* out = reinterpret_cast<float*>(made.bytes);
    const float* in = values.floats();
    const std::uint8_t* kept = maskBytes(keep);
    const std::int64_t count = elementCount(values.shape);
    for (std::int64_t i = 0; i < count; ++i)
        out[i] = kept[i] != 0 ? in[i] : 0.0F;
    return made.tensor;
}

const HostTensor* maskOf(const LoadedModel& model, const std::string& parameter)
{
    if (!model.pruning)
        return nullptr;
    const auto& masks = model.pruning->masks;
    const auto found =
        std::find_if(masks.begin(), masks.end(), [&](const Mask& mask) { return mask.parameter == parameter; });
    return found != masks.end() ? &found->keep : nullptr;
}

StateDict masksOf(const LoadedModel& model)
{
    StateDict masks;
    for (std::size_t i = 0; model.pruning && i < model.pruning->masks.size(); ++i)
        masks.push_back({model.pruning->masks[i].parameter, model.pruning->masks[i].keep});
    return masks;
}

void applyMasks(LoadedModel& model, std::vector<Mask> masks, const std::string& scheme)
{
    if (!model.pruning)
        model.pruning = Pruning{{}, {}, model.scheme};
    Pruning& pruning = *model.pruning;
    for (Mask& mask : masks) {
        HostTensor& weight = model.weights[placeOf(model.graph, mask.parameter)].tensor;
        const auto there = std::find_if(pruning.masks.begin(), pruning.masks.end(),
                                        [&](const Mask& old) { return old.parameter == mask.parameter; });
        weight = asFloat32(weight).value_or(weight);
        if (there == pruning.masks.end())
            pruning.originals.push_back({mask.parameter, weight});
        weight = masked(weight, mask.keep);
        if (there == pruning.masks.end())
            pruning.masks.push_back(std::move(mask));
        else
            there->keep = std::move(mask.keep);
    }
    sort(pruning, model.graph);
    pruning.scheme += (pruning.scheme.empty() ? "" : ", then ") + scheme;
    model.scheme.clear();
}

void replaceWeights(LoadedModel& model, const StateDict& weights)
{
    model.weights = weights;
    for (std::size_t i = 0; model.pruning && i < model.pruning->masks.size(); ++i) {
        const Mask& mask = model.pruning->masks[i];
        HostTensor& weight = model.weights[placeOf(model.graph, mask.parameter)].tensor;
        HostTensor& original = model.pruning->originals[i].tensor;
        original = merged(weight, original, mask.keep);
        weight = masked(weight, mask.keep);
    }
}

void makePermanent(LoadedModel& model)
{
    if (!model.pruning)
        return;
    model.scheme = std::move(model.pruning->scheme);
    model.pruning.reset();
}

std::string pruningText(const LoadedModel& model)
{
    return model.pruning ? model.pruning->scheme + " (masks)" : model.scheme;
}

} // namespace lathe
