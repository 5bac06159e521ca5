#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/graph/graph.h"

/// Networks of a few nodes, each with one way in which channels are tied.
namespace lathe::test {

struct SmallNetwork {
    std::string name;
    Result<Graph> graph;
};

inline NodeId pooledAndClassified(GraphBuilder& b, NodeId x)
{
    x = b.add("pool", op::AdaptiveAvgPool2d{}, {x});
    return b.linear("fc", b.add("flatten", op::Flatten{}, {x}), 5);
}

/// conv1 -> bn -> relu -> conv2, one behind the other.
inline Result<Graph> chain()
{
    GraphBuilder b("chain", {3, 8, 8});
    NodeId x = b.conv2d("conv1", b.input(), {.inChannels = 3, .outChannels = 8, .kernel = {3, 3}});
    x = b.activation("relu", b.batchNorm2d("bn", x), op::Activation::Kind::ReLU, true);
    x = b.conv2d("conv2", x, {.inChannels = 8, .outChannels = 6, .kernel = {3, 3}});
    return b.finish(pooledAndClassified(b, x));
}

/// stem + branch, where the branch is of two convolutions.
inline Result<Graph> residual()
{
    GraphBuilder b("residual", {3, 8, 8});
    const NodeId stem = b.conv2d("stem", b.input(), {.inChannels = 3, .outChannels = 8});
    NodeId x = b.conv2d("inner", stem, {.inChannels = 8, .outChannels = 4, .kernel = {3, 3}, .padding = {1, 1}});
    x = b.activation("relu", x, op::Activation::Kind::ReLU);
    x = b.conv2d("outer", x, {.inChannels = 4, .outChannels = 8});
    return b.finish(pooledAndClassified(b, b.addition("add", x, stem, true)));
}

inline Result<Graph> concatenation()
{
    GraphBuilder b("concatenation", {3, 8, 8});
    const NodeId left = b.conv2d("left", b.input(), {.inChannels = 3, .outChannels = 4});
    const NodeId right = b.conv2d("right", b.input(), {.inChannels = 3, .outChannels = 6});
    NodeId x = b.add("cat", op::Concat{}, {left, b.input(), right});
    x = b.batchNorm2d("bn", x);
    return b.finish(pooledAndClassified(b, x));
}

inline Result<Graph> depthwise()
{
    GraphBuilder b("depthwise", {3, 8, 8});
    NodeId x = b.conv2d("expand", b.input(), {.inChannels = 3, .outChannels = 6});
    x = b.conv2d("depthwise", x,
                 {.inChannels = 6, .outChannels = 12, .kernel = {3, 3}, .padding = {1, 1}, .groups = 6});
    return b.finish(pooledAndClassified(b, b.conv2d("project", x, {.inChannels = 12, .outChannels = 4})));
}

inline Result<Graph> grouped()
{
    GraphBuilder b("grouped", {3, 8, 8});
    NodeId x = b.conv2d("in", b.input(), {.inChannels = 3, .outChannels = 8});
    x = b.conv2d("grouped", x, {.inChannels = 8, .outChannels = 12, .groups = 2});
    return b.finish(pooledAndClassified(b, x));
}

/// Two halves, shuffled as in ShuffleNet, of which the next layer reads one each.
inline Result<Graph> shuffle()
{
    GraphBuilder b("shuffle", {3, 4, 4});
    const NodeId left = b.conv2d("left", b.input(), {.inChannels = 3, .outChannels = 8});
    const NodeId right = b.conv2d("right", b.input(), {.inChannels = 3, .outChannels = 8});
    NodeId x = b.add("cat", op::Concat{}, {left, right});
    x = b.add("view", op::Reshape{{2, 8, 4, 4}}, {x});
    x = b.add("transpose", op::Permute{{1, 0, 2, 3}}, {x});
    x = b.add("back", op::Reshape{{16, -1, 4}}, {x});
    const NodeId first = b.add("first", op::Slice{.begin = 0, .end = 8}, {x});
    const NodeId second = b.add("second", op::Slice{.begin = 8, .end = 16}, {x});
    const NodeId branch = b.conv2d("branch", second, {.inChannels = 8, .outChannels = 6});
    return b.finish(pooledAndClassified(b, b.add("cat2", op::Concat{}, {first, branch})));
}

inline Result<Graph> squeezeExcitation()
{
    GraphBuilder b("squeezeExcitation", {3, 6, 6});
    const NodeId x = b.conv2d("conv", b.input(), {.inChannels = 3, .outChannels = 8});
    NodeId scale = b.add("squeeze", op::AdaptiveAvgPool2d{}, {x});
    scale = b.conv2d("fc1", scale, {.inChannels = 8, .outChannels = 4});
    scale = b.activation("act", scale, op::Activation::Kind::SiLU);
    scale = b.conv2d("fc2", scale, {.inChannels = 4, .outChannels = 8});
    scale = b.activation("sigmoid", scale, op::Activation::Kind::Sigmoid);
    return b.finish(pooledAndClassified(b, b.add("mul", op::Multiply{}, {scale, x})));
}

/// Every channel is 4 features of the linear layer behind it.
inline Result<Graph> flattened()
{
    GraphBuilder b("flattened", {3, 4, 4});
    NodeId x = b.conv2d("conv", b.input(), {.inChannels = 3, .outChannels = 6, .kernel = {3, 3}});
    x = b.linear("fc1", b.add("flatten", op::Flatten{}, {x}), 10);
    x = b.activation("relu", x, op::Activation::Kind::ReLU);
    return b.finish(b.linear("fc2", x, 5));
}

/// A patch embedding, a class token, positions, one block with 4 heads and an MLP, the token's features.
inline Result<Graph> transformer()
{
    GraphBuilder b("transformer", {3, 4, 4});
    const ParameterId token = b.parameter("token", {1, 1, 8}, {Initialisation::Kind::Normal, 1.0});
    NodeId x = b.conv2d("patches", b.input(), {.inChannels = 3, .outChannels = 8, .kernel = {2, 2}, .stride = {2, 2}});
    x = b.add("permute", op::Permute{{1, 0}}, {b.add("view", op::Reshape{{8, -1}}, {x})});
    const NodeId first = b.add("expand", op::ExpandToBatch{}, {b.add("token", op::ParameterValue{}, {}, {token})});
    x = b.add("cat", op::Concat{}, {first, x});
    const ParameterId table = b.parameter("positions", {1, 5, 8}, {Initialisation::Kind::Normal, 1.0});
    x = b.addition("add", x, b.add("positions", op::ParameterValue{}, {}, {table}));
    NodeId y = b.linear("qkv", b.layerNorm("norm1", x), 24);
    y = b.linear("proj", b.add("attention", op::Attention{.heads = 4}, {y}), 8);
    x = b.addition("add1", x, y);
    y = b.activation("gelu", b.linear("mlp1", b.layerNorm("norm2", x), 12), op::Activation::Kind::GELU);
    x = b.addition("add2", x, b.linear("mlp2", y, 8));
    x = b.add("select", op::Slice{.axis = 0, .begin = 0, .end = 1, .squeeze = true}, {b.layerNorm("norm", x)});
    return b.finish(b.linear("head", x, 5));
}

/// Ids of tokens, looked up; queries, keys and values of layers of their own, the heads' scales, a bias for each pair.
inline Result<Graph> tokens()
{
    GraphBuilder b("tokens", {4}, 20);
    const ParameterId table = b.parameter("table", {49, 2}, {Initialisation::Kind::Normal, 1.0});
    const ParameterId scale = b.parameter("scale", {2, 1, 1});
    const ParameterId index =
        b.parameter("index", {16}, {Initialisation::Kind::RelativePositionIndex, 2.0, 2.0}, false, DType::Int64);
    const NodeId x = b.layerNorm("norm", b.embedding("words", b.input(), 20, 6, {}));
    const NodeId biasTable = b.add("table", op::ParameterValue{}, {}, {table});
    const NodeId bias = b.add("bias", op::RelativePositionBias{.heads = 2, .positions = 4}, {biasTable}, {index});
    const op::Attention attention{.heads = 2, .kind = op::Attention::Kind::Cosine, .hasBias = true, .separate = true};
    NodeId y =
        b.add("attention", attention, {b.linear("q", x, 8), b.linear("k", x, 8), b.linear("v", x, 8), bias}, {scale});
    y = b.addition("add", x, b.linear("proj", y, 6));
    return b.finish(b.linear("head", b.add("mean", op::Mean{}, {y}), 3));
}

/// Half of the features, mixed along the positions, gate the other half.
inline Result<Graph> gating()
{
    GraphBuilder b("gating", {5, 6});
    const NodeId x = b.linear("fc1", b.input(), 8);
    const NodeId kept = b.add("u", op::Slice{.axis = 1, .begin = 0, .end = 4}, {x});
    NodeId gate = b.layerNorm("norm", b.add("v", op::Slice{.axis = 1, .begin = 4, .end = 8}, {x}));
    gate = b.linear("mix", b.add("transpose", op::Permute{{1, 0}}, {gate}), 5);
    gate = b.add("transpose1", op::Permute{{1, 0}}, {gate});
    const NodeId y = b.linear("fc2", b.add("mul", op::Multiply{}, {kept, gate}), 6);
    return b.finish(b.linear("head", b.add("mean", op::Mean{}, {b.addition("add", y, b.input())}), 3));
}

inline std::vector<SmallNetwork> smallNetworks()
{
    return {{"chain", chain()},
            {"residual", residual()},
            {"concatenation", concatenation()},
            {"depthwise", depthwise()},
            {"grouped", grouped()},
            {"shuffle", shuffle()},
            {"squeeze-excitation", squeezeExcitation()},
            {"flattened", flattened()},
            {"transformer", transformer()},
            {"tokens", tokens()},
            {"gating", gating()}};
}

} // namespace lathe::test
