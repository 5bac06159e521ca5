#include "core/engine/torch/fused/plan_builder.h"

#include <algorithm>

#include "core/engine/torch/fused/products.h"
#include "core/engine/torch/fused/sparse_products.h"
#include "core/engine/torch/tensors.h"

namespace lathe::engine {

namespace {

std::vector<std::int64_t> axesWithBatch(const op::Permute& permute)
{
    std::vector<std::int64_t> axes{0};
    for (const std::int64_t axis : permute.order)
        axes.push_back(axis + 1);
    return axes;
}

std::vector<std::int64_t> inverse(const std::vector<std::int64_t>& axes)
{
    std::vector<std::int64_t> inverse(axes.size());
    for (std::size_t i = 0; i < axes.size(); ++i)
        inverse[static_cast<std::size_t>(axes[i])] = static_cast<std::int64_t>(i);
    return inverse;
}

} // namespace

PlanBuilder::Weights PlanBuilder::weightsOf(const LoweredNode& lowered) const
{
    const Tensors own = parametersOf(m_graph.node(lowered.node()));
    Weights weights{own[0], own.size() > 1 ? own[1] : at::Tensor()};
    for (const NodeId id : lowered.folded)
        foldInto(weights, id);
    const auto* linear = std::get_if<op::Linear>(&m_graph.node(lowered.node()).operation);
    if (linear != nullptr && linear->keyBiasIsZero && weights.bias.defined()) {
        const std::int64_t third = linear->outFeatures / 3;
        weights.bias = weights.bias.clone();
        weights.bias.slice(0, third, 2 * third).zero_();
    }
    return weights;
}

/// y = x W + b, then y * scale + shift: the same as x (W * scale) + (b * scale + shift).
void PlanBuilder::foldInto(Weights& weights, NodeId id) const
{
    const Node& node = m_graph.node(id);
    at::Tensor scale;
    at::Tensor shift;
    if (const auto* norm = std::get_if<op::BatchNorm2d>(&node.operation)) {
        const Tensors p = parametersOf(node);
        scale = p[0] / (p[3] + norm->eps).sqrt();
        shift = p[1] - p[2] * scale;
    } else {
        const NodeId factor = m_graph.node(node.inputs[0]).output.batched ? node.inputs[1] : node.inputs[0];
        scale = value(factor).flatten().expand({weights.weight.size(0)});
    }
    std::vector<std::int64_t> perOutput(static_cast<std::size_t>(weights.weight.dim()), 1);
    perOutput[0] = -1;
    weights.weight = weights.weight * scale.reshape(perOutput);
    if (weights.bias.defined())
        weights.bias = weights.bias * scale;
    if (shift.defined())
        weights.bias = weights.bias.defined() ? weights.bias + shift : shift;
}

PlanBuilder::Epilogues PlanBuilder::epiloguesOf(const LoweredNode& lowered, const at::Tensor& y)
{
    Epilogues found;
    for (const Epilogue& epilogue : lowered.epilogues) {
        if (const auto* permute = std::get_if<op::Permute>(&epilogue)) {
            found.renamings.push_back(axesWithBatch(*permute));
        } else if (const auto* activation = std::get_if<op::Activation>(&epilogue)) {
            found.activations.emplace_back(activation->kind);
        } else {
            const NodeId added = std::get<Addend>(epilogue).value;
            const bool areIntegers = !y.is_floating_point() && gridOf(added);
            at::Tensor addend = areIntegers ? value(added) : operand(added);
            for (auto axes = found.renamings.rbegin(); axes != found.renamings.rend(); ++axes)
                addend = addend.permute(inverse(*axes));
            if (addend.dim() == 4 && addend.is_contiguous(kImage) && y.is_contiguous(kImage))
                addend = plainImage(addend);
            const bool liesAlike = addend.strides() == y.strides();
            found.activations.emplace_back();
            found.grids.push_back(areIntegers ? gridOf(added) : std::nullopt);
            found.addends.push_back(liesAlike ? addend
                                              : copied(lowered.node(), addend, isImage(y) ? kImage : kRowMajor));
        }
    }
    return found;
}

namespace {

/// `addends` in their order among the finishes; `grids`: theirs, empty where none has one.
Finishes finishesOf(const std::vector<std::optional<op::Activation::Kind>>& activations, const Tensors& addends,
                    const std::vector<std::optional<Grid>>& grids = {})
{
    Finishes finishes;
    std::size_t next = 0;
    for (const auto& activation : activations) {
        if (activation) {
            finishes.push_back({activation, {}, {}});
        } else {
            finishes.push_back({std::nullopt, addends[next], grids.empty() ? std::nullopt : grids[next]});
            ++next;
        }
    }
    return finishes;
}

at::Tensor renamed(at::Tensor y, const std::vector<std::vector<std::int64_t>>& renamings)
{
    for (const auto& axes : renamings)
        y = y.permute(axes);
    return y;
}

/// The output may lie over an addend that comes first: kernels begin with it.
std::optional<std::size_t> overlayOf(const std::vector<std::optional<op::Activation::Kind>>& activations)
{
    const bool addsFirst = !activations.empty() && !activations.front();
    return addsFirst ? std::optional<std::size_t>(1) : std::nullopt;
}

Tensors withFirst(const at::Tensor& first, const Tensors& rest)
{
    Tensors all{first};
    all.insert(all.end(), rest.begin(), rest.end());
    return all;
}

Tensors withoutFirst(const Tensors& all)
{
    return {all.begin() + 1, all.end()};
}

} // namespace

IntegerWeights PlanBuilder::integersOf(const LoweredNode& lowered) const
{
    const QuantizedWeight& weight = *m_quantization->layer(lowered.node()).weight;
    const Weights rounded = weightsOf(lowered);
    const auto scales = static_cast<std::int64_t>(weight.scales.size());
    return {toTorch(weight.integers), at::tensor(at::ArrayRef<float>(weight.scales), at::kFloat).view({scales}),
            rounded.weight, rounded.bias};
}

at::Tensor PlanBuilder::integerConvolution(const LoweredNode& lowered, const op::Conv2d& conv)
{
    const NodeId id = lowered.node();
    const NodeId source = lowered.inputs.front();
    const auto grid = gridOf(lowered.value());
    const at::Tensor x = image(id, value(source));
    const at::Tensor y = plainImage(allocate(sizesOf(id), kImage, typeOf(grid)));
    const Epilogues after = epiloguesOf(lowered, y);
    const auto make = [conv, weights = integersOf(lowered), xGrid = *gridOf(source), grid,
                       after](const Tensors& in, const Tensors& out, Workshop& workshop) {
        return makeIntegerConvolution(conv, weights, in[0], xGrid, out[0], grid,
                                      finishesOf(after.activations, withoutFirst(in), after.grids), workshop);
    };
    m_steps.push_back({id, withFirst(x, after.addends), {y}, overlayOf(after.activations), make});
    return renamed(y, after.renamings);
}

at::Tensor PlanBuilder::integerLinear(const LoweredNode& lowered)
{
    const NodeId id = lowered.node();
    const NodeId source = lowered.inputs.front();
    const Precision precision = precisionOf(id);
    const bool onGrid = precision == Precision::Int8;
    const auto grid = onGrid ? gridOf(lowered.value()) : std::nullopt;
    const auto xGrid = onGrid ? gridOf(source) : std::nullopt;
    const at::Tensor x = rows(id, onGrid ? value(source) : operand(source));
    const at::Tensor y = allocate(sizesOf(id), kRowMajor, typeOf(grid));
    const Epilogues after = epiloguesOf(lowered, y);
    const auto make = [=, weights = integersOf(lowered)](const Tensors& in, const Tensors& out, Workshop& workshop) {
        const auto flat = [](const at::Tensor& t) { return t.view({-1, t.size(-1)}); };
        Tensors addends;
        for (std::size_t i = 1; i < in.size(); ++i)
            addends.push_back(flat(in[i]));
        const Finishes finishes = finishesOf(after.activations, addends, after.grids);
        if (precision == Precision::Int8)
            return makeIntegerLinear(weights, in[0], *xGrid, flat(out[0]), grid, finishes, workshop);
        if (precision == Precision::Int8Dynamic)
            return makeDynamicLinear(weights, in[0], flat(out[0]), finishes, workshop);
        return makeWeightOnlyLinear(weights, in[0], flat(out[0]), finishes, workshop);
    };
    m_steps.push_back({id, withFirst(x, after.addends), {y}, overlayOf(after.activations), make});
    return renamed(y, after.renamings);
}

at::Tensor PlanBuilder::convolution(const LoweredNode& lowered, const op::Conv2d& conv)
{
    const NodeId id = lowered.node();
    if (precisionOf(id) == Precision::Int8)
        return integerConvolution(lowered, conv);
    const at::Tensor x = image(id, operand(lowered.inputs.front()));
    const at::Tensor y = plainImage(allocate(sizesOf(id), kImage));
    const Weights weights = weightsOf(lowered);
    const Epilogues after = epiloguesOf(lowered, y);
    const auto make = [=, mode = m_mode](const Tensors& in, const Tensors& out, Workshop& workshop) {
        const Finishes finishes = finishesOf(after.activations, withoutFirst(in));
        if (multipliesSparse(mode))
            return makeSparseConvolution(conv, weights.weight, weights.bias, in[0], out[0], finishes, workshop, mode);
        return makeConvolution(conv, weights.weight, weights.bias, in[0], out[0], finishes, workshop);
    };
    m_steps.push_back({id, withFirst(x, after.addends), {y}, overlayOf(after.activations), make});
    return renamed(y, after.renamings);
}

at::Tensor PlanBuilder::linear(const LoweredNode& lowered)
{
    const NodeId id = lowered.node();
    if (const Precision p = precisionOf(id); p != Precision::Float32 && p != Precision::BFloat16)
        return integerLinear(lowered);
    const at::Tensor x = rows(id, operand(lowered.inputs.front()));
    const at::Tensor y = allocate(sizesOf(id));
    const Weights weights = weightsOf(lowered);
    const Epilogues after = epiloguesOf(lowered, y);
    const auto make = [=, mode = m_mode](const Tensors& in, const Tensors& out, Workshop& workshop) {
        const auto flat = [](const at::Tensor& t) { return t.view({-1, t.size(-1)}); };
        Tensors addends;
        for (std::size_t i = 1; i < in.size(); ++i)
            addends.push_back(flat(in[i]));
        const Finishes finishes = finishesOf(after.activations, addends);
        if (multipliesSparse(mode))
            return makeSparseLinear(weights.weight, weights.bias, in[0], flat(out[0]), finishes, workshop, mode);
        return makeLinear(weights.weight, weights.bias, in[0], flat(out[0]), finishes, workshop);
    };
    m_steps.push_back({id, withFirst(x, after.addends), {y}, overlayOf(after.activations), make});
    return renamed(y, after.renamings);
}

} // namespace lathe::engine
