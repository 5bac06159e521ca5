#include "core/architectures/swin_attention.h"

#include <cmath>
#include <utility>
#include <vector>

#include "core/architectures/blocks.h"

namespace lathe::swin {

namespace {

std::int64_t positions(const WindowAttention& layer)
{
    return layer.window * layer.window;
}

double side(const WindowAttention& layer)
{
    return static_cast<double>(layer.window);
}

/// How the windows lie over a feature map of H x W x C.
struct Grid {
    std::int64_t bottom = 0; ///< padding
    std::int64_t right = 0;
    std::int64_t height = 0; ///< with it
    std::int64_t width = 0;
    op::Size2 shift{0, 0};

    bool padded() const { return bottom > 0 || right > 0; }
    bool shifted() const { return shift[0] > 0 || shift[1] > 0; }
};

Grid gridOver(const Shape& map, const WindowAttention& layer)
{
    const std::int64_t window = layer.window;
    Grid grid;
    grid.bottom = (window - map[0] % window) % window;
    grid.right = (window - map[1] % window) % window;
    grid.height = map[0] + grid.bottom;
    grid.width = map[1] + grid.right;
    // One window that covers an axis leaves nothing to shift along it.
    const std::int64_t shift = layer.shifted ? window / 2 : 0;
    grid.shift = {grid.height > window ? shift : 0, grid.width > window ? shift : 0};
    return grid;
}

std::vector<ParameterId> linearParameters(GraphBuilder& builder, const std::string& name, std::int64_t in,
                                          std::int64_t out)
{
    const ParameterId weight = builder.parameter(name + ".weight", {out, in}, weightInitialisation());
    return {weight, builder.parameter(name + ".bias", {out})};
}

/// Declared before any node, since torchvision's state dict lists a module's own tensors before its children's.
struct AttentionParameters {
    std::vector<ParameterId> logitScale; ///< V2 only
    ParameterId table = 0;               ///< V1: the biases; V2: the offsets from which an MLP makes them
    ParameterId index = 0;
    std::vector<ParameterId> qkv;
    std::vector<ParameterId> proj;
};

ParameterId biasTable(GraphBuilder& builder, const WindowAttention& layer)
{
    const std::int64_t offsets = 2 * layer.window - 1;
    if (layer.version == Version::V1)
        return builder.parameter(layer.name + ".relative_position_bias_table", {offsets * offsets, layer.heads},
                                 weightInitialisation());
    return builder.parameter(layer.name + ".relative_coords_table", {1, offsets, offsets, 2},
                             {Initialisation::Kind::RelativeCoordsTable, side(layer), side(layer)}, false);
}

AttentionParameters declareParameters(GraphBuilder& builder, const WindowAttention& layer, std::int64_t channels)
{
    AttentionParameters parameters;
    if (layer.version == Version::V2)
        parameters.logitScale = {
            builder.parameter(layer.name + ".logit_scale", {layer.heads, 1, 1}, blocks::constant(std::log(10.0)))};
    parameters.table = biasTable(builder, layer);
    parameters.index =
        builder.parameter(layer.name + ".relative_position_index", {positions(layer) * positions(layer)},
                          {Initialisation::Kind::RelativePositionIndex, side(layer), side(layer)}, false, DType::Int64);
    parameters.qkv = linearParameters(builder, layer.name + ".qkv", channels, 3 * channels);
    parameters.proj = linearParameters(builder, layer.name + ".proj", channels, channels);
    return parameters;
}

/// V2's continuous position bias: an MLP over log-spaced offsets.
NodeId continuousBias(GraphBuilder& builder, const WindowAttention& layer, NodeId table)
{
    const std::string name = layer.name + ".cpb_mlp";
    NodeId x = builder.linear(name + ".0", table, 512, weightInitialisation());
    x = builder.activation(name + ".1", x, op::Activation::Kind::ReLU, true);
    return builder.linear(name + ".2", x, layer.heads, weightInitialisation(), {}, false);
}

NodeId positionBias(GraphBuilder& builder, const WindowAttention& layer, const AttentionParameters& parameters)
{
    const bool v2 = layer.version == Version::V2;
    const char* table = v2 ? ".relative_coords_table" : ".relative_position_bias_table";
    NodeId x = builder.add(layer.name + table, op::ParameterValue{}, {}, {parameters.table});
    if (v2)
        x = continuousBias(builder, layer, x);
    return builder.add(
        layer.name + ".relative_position_bias",
        op::RelativePositionBias{.heads = layer.heads, .positions = positions(layer), .sixteenSigmoid = v2}, {x},
        {parameters.index});
}

NodeId intoWindows(GraphBuilder& builder, const WindowAttention& layer, const Grid& grid, NodeId x)
{
    if (grid.padded())
        x = builder.add(layer.name + ".pad", op::PadBottomRight{grid.bottom, grid.right}, {x});
    if (grid.shifted())
        x = builder.add(layer.name + ".roll", op::Roll{{-grid.shift[0], -grid.shift[1]}}, {x});
    return builder.add(layer.name + ".window_partition", op::WindowPartition{{layer.window, layer.window}}, {x});
}

/// Back to the feature map, of H x W x C as `map` gives it.
NodeId outOfWindows(GraphBuilder& builder, const WindowAttention& layer, const Grid& grid, const Shape& map, NodeId x)
{
    const op::WindowReverse reverse{{layer.window, layer.window}, grid.height, grid.width};
    x = builder.add(layer.name + ".window_reverse", reverse, {x});
    if (grid.shifted())
        x = builder.add(layer.name + ".roll_back", op::Roll{grid.shift}, {x});
    if (grid.bottom > 0)
        x = builder.add(layer.name + ".unpad_bottom", op::Slice{.axis = 0, .begin = 0, .end = map[0]}, {x});
    if (grid.right > 0)
        x = builder.add(layer.name + ".unpad_right", op::Slice{.axis = 1, .begin = 0, .end = map[1]}, {x});
    return x;
}

NodeId attend(GraphBuilder& builder, const WindowAttention& layer, const Grid& grid, NodeId qkv, NodeId bias,
              const std::vector<ParameterId>& logitScale)
{
    std::vector<NodeId> inputs{qkv, bias};
    if (grid.shifted())
        inputs.push_back(builder.add(layer.name + ".attn_mask",
                                     op::ShiftedWindowMask{.height = grid.height,
                                                           .width = grid.width,
                                                           .window = {layer.window, layer.window},
                                                           .shift = grid.shift},
                                     {}));
    const op::Attention attention{.heads = layer.heads,
                                  .kind = layer.version == Version::V1 ? op::Attention::Kind::ScaledDotProduct
                                                                       : op::Attention::Kind::Cosine,
                                  .hasBias = true,
                                  .hasMask = grid.shifted()};
    return builder.add(layer.name + ".attention", attention, std::move(inputs), logitScale);
}

} // namespace

Initialisation weightInitialisation()
{
    return blocks::truncatedNormal(0.02);
}

NodeId windowAttention(GraphBuilder& builder, NodeId x, const WindowAttention& layer)
{
    const Shape map = builder.shape(x);
    const std::int64_t channels = map.back();
    const Grid grid = gridOver(map, layer);
    const AttentionParameters parameters = declareParameters(builder, layer, channels);
    const NodeId bias = positionBias(builder, layer, parameters);

    NodeId y = intoWindows(builder, layer, grid, x);
    y = builder.add(
        layer.name + ".qkv",
        op::Linear{.inFeatures = channels, .outFeatures = 3 * channels, .keyBiasIsZero = layer.version == Version::V2},
        {y}, parameters.qkv);
    y = attend(builder, layer, grid, y, bias, parameters.logitScale);
    y = builder.add(layer.name + ".proj", op::Linear{.inFeatures = channels, .outFeatures = channels}, {y},
                    parameters.proj);
    return outOfWindows(builder, layer, grid, map, y);
}

} // namespace lathe::swin
