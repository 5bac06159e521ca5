#include <algorithm>
#include <map>

#include "core/base/float_formats.h"
#include "core/pruning/prune.h"
#include "core/pruning/reparametrization.h"

namespace lathe {

namespace {

using Type = PrunableParameter::Type;

std::int64_t zeros(const HostTensor& tensor)
{
    const auto floats = asFloat32(tensor);
    return floats ? std::count(floats->floats(), floats->floats() + elementCount(floats->shape), 0.0F) : 0;
}

std::int64_t prunedOf(const LoadedModel& model, ParameterId id)
{
    const NamedTensor& weight = model.weights[static_cast<std::size_t>(id)];
    if (!model.pruning)
        return zeros(weight.tensor);
    const HostTensor* keep = maskOf(model, weight.name);
    return keep != nullptr ? prunedEntries(*keep) : 0;
}

/// Layers that masks are usual for, and whatever has one.
bool isShown(const LoadedModel& model, const PrunableParameter& p)
{
    return p.type == Type::Conv || p.type == Type::Linear || maskOf(model, model.graph.parameter(p.id).name) != nullptr;
}

} // namespace

std::vector<LayerSparsity> layerSparsity(const LoadedModel& model)
{
    std::vector<LayerSparsity> layers;
    std::map<NodeId, std::size_t> places;
    for (const PrunableParameter& p : prunableParameters(model.graph)) {
        if (!isShown(model, p))
            continue;
        const auto [place, isNew] = places.emplace(p.node, layers.size());
        if (isNew)
            layers.push_back({model.graph.node(p.node).name});
        LayerSparsity& layer = layers[place->second];
        (p.isBias ? layer.biasPruned : layer.pruned) += prunedOf(model, p.id);
        (p.isBias ? layer.biasNumel : layer.numel) += elementCount(model.graph.parameter(p.id).shape);
    }
    return layers;
}

LayerSparsity wholeSparsity(const std::vector<LayerSparsity>& layers)
{
    LayerSparsity whole;
    for (const LayerSparsity& layer : layers) {
        whole.pruned += layer.pruned;
        whole.numel += layer.numel;
        whole.biasPruned += layer.biasPruned;
        whole.biasNumel += layer.biasNumel;
    }
    return whole;
}

} // namespace lathe
