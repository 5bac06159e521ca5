#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/base/tensor.h"

/// The operations a network is made of. Adding one means adding a struct here and its functions:
/// `inferOutput` (shape), `countWork` (cost), and `run` in the engine.
///
/// Shapes never hold the batch: a batched value of shape 64x56x56 is a tensor N x 64 x 56 x 56. Axes count from
/// the first extent behind the batch. An unbatched value (a constant: made from parameters alone) has no N.
namespace lathe::op {

/// Height and width, in this order.
using Size2 = std::array<std::int64_t, 2>;

/// The network's input: float32 values, or int64 ids of tokens from 0 to `vocabulary` - 1 where there is one.
struct Input {
    std::int64_t vocabulary = 0;
};

/// A parameter as an unbatched value. Parameters: the value.
struct ParameterValue {};

/// A row of the table for each id: [L] int64 to [L, width]. Parameters: weight [entries, width].
struct Embedding {
    std::int64_t entries = 0;
    std::int64_t width = 0;
};

/// Cross-correlation over C x H x W. Parameters: weight [out, in / groups, kh, kw], then bias [out] if `bias`.
struct Conv2d {
    std::int64_t inChannels = 0;
    std::int64_t outChannels = 0;
    Size2 kernel{1, 1};
    Size2 stride{1, 1};
    Size2 padding{0, 0};
    Size2 dilation{1, 1};
    std::int64_t groups = 1;
    bool bias = true;
};

/// (x - mean) / sqrt(variance + eps) * weight + bias per channel of C x H x W.
/// Parameters: weight, bias, running_mean, running_var (each [channels]), num_batches_tracked (scalar).
struct BatchNorm2d {
    std::int64_t channels = 0;
    double eps = 1e-5;
    double momentum = 0.1; ///< of the running statistics, in training
};

/// x W^T + b over the last extent. Parameters: weight [out, in], then bias [out] if `bias`.
struct Linear {
    std::int64_t inFeatures = 0;
    std::int64_t outFeatures = 0;
    bool bias = true;
    /// Swin V2 ignores the key's third of the bias of its qkv projection: entries [out/3, 2 out/3) count as zero.
    bool keyBiasIsZero = false;
};

/// Over the last extent. Parameters: weight, bias (each [features]).
struct LayerNorm {
    std::int64_t features = 0;
    double eps = 1e-5;
};

/// alpha x + beta over the last extent. Parameters: alpha, beta (each [1, 1, features]).
struct Affine {
    std::int64_t features = 0;
};

struct Activation {
    enum class Kind { ReLU, ReLU6, SiLU, GELU, Sigmoid, Tanh, Hardswish, Hardsigmoid };
    Kind kind = Kind::ReLU;
    bool inPlace = false; ///< overwrites its input, as torchvision's module does
};

struct MaxPool2d {
    Size2 kernel{2, 2};
    Size2 stride{2, 2};
    Size2 padding{0, 0};
    Size2 dilation{1, 1};
    bool ceilMode = false;
};

struct AvgPool2d {
    Size2 kernel{2, 2};
    Size2 stride{2, 2};
    Size2 padding{0, 0};
    bool ceilMode = false;
    bool countIncludePad = true;
};

struct AdaptiveAvgPool2d {
    Size2 output{1, 1};
};

/// Two inputs, broadcast as NumPy does.
struct Add {
    bool inPlace = false; ///< overwrites its first input
};

/// Two inputs, broadcast as NumPy does.
struct Multiply {};

/// All inputs along one axis.
struct Concat {
    std::int64_t axis = 0;
};

/// Joins all extents from `startAxis` on.
struct Flatten {
    std::int64_t startAxis = 0;
};

/// The same elements in row-major order; one extent may be -1.
struct Reshape {
    Shape shape;
};

/// Output axis i is input axis order[i].
struct Permute {
    std::vector<std::int64_t> order;
};

/// Entries [begin, end) with a step along one axis; the axis goes away if `squeeze` (of one entry).
struct Slice {
    std::int64_t axis = 0;
    std::int64_t begin = 0;
    std::int64_t end = 0;
    std::int64_t step = 1;
    bool squeeze = false;
};

/// Zeros behind the last entry of an axis of H x W x C: bottom and right.
struct PadBottomRight {
    std::int64_t bottom = 0;
    std::int64_t right = 0;
};

/// Cyclic shift of H x W x C by (height, width) entries, as torch.roll.
struct Roll {
    Size2 shift{0, 0};
};

/// Mean over one axis, which goes away.
struct Mean {
    std::int64_t axis = 0;
};

/// Repeats an unbatched value of shape 1 x ... for every sample of the batch: the leading 1 becomes N.
struct ExpandToBatch {};

/// H x W x C, or C x H x W if `channelsFirst`, into windows: (H/size * W/size) x (size * size) x C.
struct WindowPartition {
    Size2 size{7, 7};
    bool channelsFirst = false;
};

/// The inverse: (H/size * W/size) x (size * size) x C into H x W x C, or C x H x W if `channelsFirst`.
struct WindowReverse {
    Size2 size{7, 7};
    std::int64_t height = 0;
    std::int64_t width = 0;
    bool channelsFirst = false;
};

/// Gathers a bias for each pair of positions of a window from a table.
/// Inputs: table [entries, heads] or [1, a, b, heads], unbatched. Parameters: relative_position_index [L * L] or [L,
/// L]. Output, unbatched: [1, heads, L, L].
struct RelativePositionBias {
    std::int64_t heads = 0;
    std::int64_t positions = 0;  ///< L, positions of a window
    bool sixteenSigmoid = false; ///< Swin V2: 16 sigmoid(bias)
};

/// 0 where two positions of a shifted window come from the same region of the image, -100 where not.
/// Unbatched, no inputs. Output: [windows, L, L].
struct ShiftedWindowMask {
    std::int64_t height = 0;
    std::int64_t width = 0;
    Size2 window{7, 7};
    Size2 shift{0, 0};
};

/// Multi-head self-attention between its projections: softmax(scale q k^T + bias + mask) v.
/// Inputs: qkv, [L, 3 C] or [windows, L, 3 C] with queries, keys and values one behind the other on the last
/// extent, or the three of them if `separate`, each [.., L, C]; then bias [1, heads, L, L] if `hasBias`, then mask
/// [windows, L, L] if `hasMask`. Output: [.., L, C].
struct Attention {
    std::int64_t heads = 0;
    enum class Kind {
        ScaledDotProduct, ///< scale = 1 / sqrt(C / heads) unless `scale` says otherwise
        Cosine            ///< Swin V2: q, k normalised, scale = exp(min(logit_scale, ln 100)) per head.
                          ///< Parameters: logit_scale [heads, 1, 1]
    };
    Kind kind = Kind::ScaledDotProduct;
    bool hasBias = false;
    bool hasMask = false;
    double scale = 0.0; ///< of ScaledDotProduct; 0: by the width of a head
    bool separate = false;
};

/// A whole network whose parts are not known here: a program of the engine's, run as one piece. Takes the network's
/// input; the parameters are listed, and the program holds their values itself.
struct Sealed {
    std::shared_ptr<const void> program; ///< the engine's own; made and run by it alone
    Shape output;
    std::int64_t macs = 0;    ///< for one sample, counted by the engine from the operations that ran
    std::int64_t scratch = 0; ///< elements that one sample holds at most, besides input and output
};

} // namespace lathe::op

namespace lathe {

using Operation =
    std::variant<op::Input, op::ParameterValue, op::Embedding, op::Conv2d, op::BatchNorm2d, op::Linear, op::LayerNorm,
                 op::Affine, op::Activation, op::MaxPool2d, op::AvgPool2d, op::AdaptiveAvgPool2d, op::Add, op::Multiply,
                 op::Concat, op::Flatten, op::Reshape, op::Permute, op::Slice, op::PadBottomRight, op::Roll, op::Mean,
                 op::ExpandToBatch, op::WindowPartition, op::WindowReverse, op::RelativePositionBias,
                 op::ShiftedWindowMask, op::Attention, op::Sealed>;

/// What flows along an edge.
struct Value {
    Shape shape;                  ///< without the batch
    bool batched = true;          ///< false: a constant, the same for every sample
    DType dtype = DType::Float32; ///< Int64 for token ids, which an embedding alone can read
};

/// The operation as users know it: "Conv2d", "ReLU", "Add", ...
std::string_view operationName(const Operation& operation);

/// The shape that comes out, or what is wrong with what goes in.
/// `parameters` are the shapes of the node's parameters in the order of the operation's comment.
Result<Value> inferOutput(const Operation& operation, const std::vector<Value>& inputs,
                          const std::vector<Shape>& parameters);

/// Work of one node for one sample.
struct Work {
    std::int64_t macs = 0;        ///< multiply-accumulates of convolutions and matrix products
    std::int64_t elementwise = 0; ///< other arithmetic: one for each element an operation computes
    std::int64_t scratch = 0;     ///< elements the operation holds besides input and output while it runs
};
Work countWork(const Operation& operation, const std::vector<Value>& inputs, const Value& output);

/// How an operation's output stands to the memory of its first input.
enum class Storage {
    Own,  ///< new memory
    View, ///< the input's memory seen otherwise; nothing is computed
    Same  ///< overwrites the input
};
Storage storageOf(const Operation& operation);

} // namespace lathe
