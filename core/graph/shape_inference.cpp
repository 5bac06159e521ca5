#include "core/graph/operations.h"

#include <algorithm>
#include <array>
#include <numeric>

#include <fmt/format.h>

namespace lathe {

namespace {

using Values = std::vector<Value>;
using Shapes = std::vector<Shape>;

tl::unexpected<Error> wrong(std::string message)
{
    return fail(ErrorCode::InvalidArgument, std::move(message));
}

Result<void> expectInputs(const Values& inputs, std::size_t count)
{
    if (inputs.size() != count)
        return wrong(fmt::format("needs {} input(s) and has {}", count, inputs.size()));
    return {};
}

Result<void> expectRank(const Value& input, std::size_t rank)
{
    if (input.shape.size() != rank)
        return wrong(fmt::format("needs an input of {} dimensions and gets {}", rank, toString(input.shape)));
    return {};
}

Result<void> expectParameters(const Shapes& parameters, const Shapes& expected)
{
    if (parameters.size() != expected.size())
        return wrong(fmt::format("needs {} parameter(s) and has {}", expected.size(), parameters.size()));
    for (std::size_t i = 0; i < expected.size(); ++i)
        if (parameters[i] != expected[i])
            return wrong(
                fmt::format("parameter {} should be {} and is {}", i, toString(expected[i]), toString(parameters[i])));
    return {};
}

/// One input of C x H x W.
Result<void> expectImage(const Values& inputs, std::int64_t channels = 0)
{
    return expectInputs(inputs, 1).and_then([&] { return expectRank(inputs[0], 3); }).and_then([&]() -> Result<void> {
        if (channels != 0 && inputs[0].shape[0] != channels)
            return wrong(fmt::format("needs {} channels and gets {}", channels, toString(inputs[0].shape)));
        return {};
    });
}

struct Window {
    op::Size2 kernel, stride, padding, dilation{1, 1};
    bool ceilMode = false;
};

/// Output extent of a sliding window, as PyTorch's documentation of Conv2d and MaxPool2d gives it.
std::int64_t slide(std::int64_t in, const Window& w, std::size_t axis)
{
    const std::int64_t stride = w.stride[axis];
    // In ceil mode a last window may hang over the end, the only one too, if it starts inside.
    const std::int64_t over = w.ceilMode ? stride - 1 : 0;
    const std::int64_t room = in + 2 * w.padding[axis] - w.dilation[axis] * (w.kernel[axis] - 1) - 1 + over;
    if (room < 0 || stride < 1)
        return 0;
    const std::int64_t out = room / stride + 1;
    return w.ceilMode && (out - 1) * stride >= in + w.padding[axis] ? out - 1 : out;
}

Result<Value> slideOver(const Value& input, std::int64_t channels, const Window& window)
{
    const std::int64_t h = slide(input.shape[1], window, 0);
    const std::int64_t w = slide(input.shape[2], window, 1);
    if (h < 1 || w < 1)
        return wrong(fmt::format("has nothing left to work on: its input is {} and its kernel {}x{}; use a larger "
                                 "input size",
                                 toString(input.shape), window.kernel[0], window.kernel[1]));
    return Value{{channels, h, w}, input.batched};
}

/// PyTorch's pools take no window that lies in the padding alone.
Result<void> expectPadding(const Window& window)
{
    for (std::size_t axis = 0; axis < 2; ++axis)
        if (2 * window.padding[axis] > window.dilation[axis] * (window.kernel[axis] - 1) + 1)
            return wrong(fmt::format("pads by {}, more than half of its kernel", window.padding[axis]));
    return {};
}

Result<Value> pool(const Values& inputs, const Window& window)
{
    return expectImage(inputs).and_then([&] { return expectPadding(window); }).and_then([&] {
        return slideOver(inputs[0], inputs[0].shape[0], window);
    });
}

Result<Value> keep(const Values& inputs)
{
    return expectInputs(inputs, 1).map([&] { return inputs[0]; });
}

Result<void> checkAxis(const Value& input, std::int64_t axis)
{
    if (axis < 0 || axis >= static_cast<std::int64_t>(input.shape.size()))
        return wrong(fmt::format("has no axis {} in {}", axis, toString(input.shape)));
    return {};
}

/// Shape with the batch as a leading -1, so that batched and unbatched values broadcast as tensors do.
Shape withBatch(const Value& value)
{
    Shape shape = value.shape;
    if (value.batched)
        shape.insert(shape.begin(), -1);
    return shape;
}

Result<Value> broadcast(const Values& inputs)
{
    if (const auto ok = expectInputs(inputs, 2); !ok)
        return tl::unexpected(ok.error());
    Shape a = withBatch(inputs[0]);
    Shape b = withBatch(inputs[1]);
    const std::size_t rank = std::max(a.size(), b.size());
    a.insert(a.begin(), rank - a.size(), 1);
    b.insert(b.begin(), rank - b.size(), 1);
    for (std::size_t i = 0; i < rank; ++i) {
        if (a[i] != b[i] && a[i] != 1 && b[i] != 1)
            return wrong(
                fmt::format("cannot combine {} with {}", toString(inputs[0].shape), toString(inputs[1].shape)));
        if (a[i] == 1)
            a[i] = b[i];
    }
    const bool batched = inputs[0].batched || inputs[1].batched;
    if (std::count(a.begin(), a.end(), -1) > 1 || (batched && a.front() != -1))
        return wrong("mixes the batch with another dimension");
    if (batched)
        a.erase(a.begin());
    return Value{std::move(a), batched};
}

// One overload of `infer` an operation.

Result<Value> infer(const op::Input&, const Values&, const Shapes&)
{
    return wrong("has its shape from the graph");
}

Result<Value> infer(const op::ParameterValue&, const Values& inputs, const Shapes& parameters)
{
    if (!inputs.empty() || parameters.size() != 1)
        return wrong("needs one parameter and no input");
    return Value{parameters[0], false};
}

Result<Value> infer(const op::Embedding& o, const Values& inputs, const Shapes& parameters)
{
    return expectInputs(inputs, 1)
        .and_then([&] {
            return expectParameters(parameters, {{o.entries, o.width}});
        })
        .and_then([&]() -> Result<Value> {
            if (inputs[0].dtype != DType::Int64)
                return wrong("looks up ids of tokens and gets numbers");
            Shape out = inputs[0].shape;
            out.push_back(o.width);
            return Value{std::move(out), inputs[0].batched};
        });
}

Result<Value> infer(const op::Conv2d& o, const Values& inputs, const Shapes& parameters)
{
    if (o.groups < 1 || o.inChannels % o.groups != 0 || o.outChannels % o.groups != 0)
        return wrong(fmt::format("cannot split {} input and {} output channels into {} groups", o.inChannels,
                                 o.outChannels, o.groups));
    Shapes expected{{o.outChannels, o.inChannels / o.groups, o.kernel[0], o.kernel[1]}};
    if (o.bias)
        expected.push_back({o.outChannels});
    return expectImage(inputs, o.inChannels)
        .and_then([&] { return expectParameters(parameters, expected); })
        .and_then([&] {
            return slideOver(inputs[0], o.outChannels, {o.kernel, o.stride, o.padding, o.dilation});
        });
}

Result<Value> infer(const op::BatchNorm2d& o, const Values& inputs, const Shapes& parameters)
{
    const Shape c{o.channels};
    return expectImage(inputs, o.channels)
        .and_then([&] {
            return expectParameters(parameters, {c, c, c, c, {}});
        })
        .map([&] { return inputs[0]; });
}

Result<Value> infer(const op::Linear& o, const Values& inputs, const Shapes& parameters)
{
    Shapes expected{{o.outFeatures, o.inFeatures}};
    if (o.bias)
        expected.push_back({o.outFeatures});
    return expectInputs(inputs, 1)
        .and_then([&] { return expectParameters(parameters, expected); })
        .and_then([&]() -> Result<Value> {
            Value out = inputs[0];
            if (out.shape.empty() || out.shape.back() != o.inFeatures)
                return wrong(fmt::format("needs {} features and gets {}", o.inFeatures, toString(out.shape)));
            out.shape.back() = o.outFeatures;
            return out;
        });
}

/// One input whose last extent is `features`; its shape stays.
Result<Value> keepFeatures(const Values& inputs, std::int64_t features)
{
    return expectInputs(inputs, 1).and_then([&]() -> Result<Value> {
        if (inputs[0].shape.empty() || inputs[0].shape.back() != features)
            return wrong(fmt::format("needs {} features and gets {}", features, toString(inputs[0].shape)));
        return inputs[0];
    });
}

Result<Value> infer(const op::LayerNorm& o, const Values& inputs, const Shapes& parameters)
{
    return expectParameters(parameters, {{o.features}, {o.features}}).and_then([&] {
        return keepFeatures(inputs, o.features);
    });
}

Result<Value> infer(const op::Affine& o, const Values& inputs, const Shapes& parameters)
{
    return expectParameters(parameters, {{1, 1, o.features}, {1, 1, o.features}}).and_then([&] {
        return keepFeatures(inputs, o.features);
    });
}

Result<Value> infer(const op::Activation&, const Values& inputs, const Shapes&)
{
    return keep(inputs);
}

Result<Value> infer(const op::MaxPool2d& o, const Values& inputs, const Shapes&)
{
    return pool(inputs, {o.kernel, o.stride, o.padding, o.dilation, o.ceilMode});
}

Result<Value> infer(const op::AvgPool2d& o, const Values& inputs, const Shapes&)
{
    return pool(inputs, {o.kernel, o.stride, o.padding, {1, 1}, o.ceilMode});
}

Result<Value> infer(const op::AdaptiveAvgPool2d& o, const Values& inputs, const Shapes&)
{
    return expectImage(inputs).map([&] {
        return Value{{inputs[0].shape[0], o.output[0], o.output[1]}, inputs[0].batched};
    });
}

Result<Value> infer(const op::Add&, const Values& inputs, const Shapes&)
{
    return broadcast(inputs);
}

Result<Value> infer(const op::Multiply&, const Values& inputs, const Shapes&)
{
    return broadcast(inputs);
}

Result<Value> infer(const op::Concat& o, const Values& inputs, const Shapes&)
{
    if (inputs.empty())
        return wrong("needs at least one input");
    if (const auto ok = checkAxis(inputs[0], o.axis); !ok)
        return tl::unexpected(ok.error());
    const auto axis = static_cast<std::size_t>(o.axis);
    Value out = inputs[0];
    for (std::size_t i = 1; i < inputs.size(); ++i) {
        Shape other = inputs[i].shape;
        if (other.size() != out.shape.size() || inputs[i].batched != out.batched)
            return wrong(fmt::format("cannot join {} and {}", toString(out.shape), toString(other)));
        const std::int64_t extent = std::exchange(other[axis], out.shape[axis]);
        if (other != out.shape)
            return wrong(fmt::format("cannot join {} and {} along axis {}", toString(out.shape),
                                     toString(inputs[i].shape), o.axis));
        out.shape[axis] += extent;
    }
    return out;
}

Result<Value> infer(const op::Flatten& o, const Values& inputs, const Shapes&)
{
    return expectInputs(inputs, 1).and_then([&] { return checkAxis(inputs[0], o.startAxis); }).map([&] {
        const Shape& in = inputs[0].shape;
        Shape out(in.begin(), in.begin() + o.startAxis);
        out.push_back(elementCount(Shape(in.begin() + o.startAxis, in.end())));
        return Value{out, inputs[0].batched};
    });
}

Result<Value> infer(const op::Reshape& o, const Values& inputs, const Shapes&)
{
    if (const auto ok = expectInputs(inputs, 1); !ok)
        return tl::unexpected(ok.error());
    Shape out = o.shape;
    const std::int64_t count = elementCount(inputs[0].shape);
    const auto open = std::find(out.begin(), out.end(), -1);
    if (open != out.end()) {
        *open = 1;
        const std::int64_t rest = elementCount(out);
        *open = rest > 0 && count % rest == 0 ? count / rest : 0;
    }
    if (elementCount(out) != count)
        return wrong(
            fmt::format("cannot see {} as {}", toString(inputs[0].shape), fmt::format("{}", toString(o.shape))));
    return Value{out, inputs[0].batched};
}

Result<Value> infer(const op::Permute& o, const Values& inputs, const Shapes&)
{
    if (const auto ok = expectInputs(inputs, 1); !ok)
        return tl::unexpected(ok.error());
    const Shape& in = inputs[0].shape;
    std::vector<std::int64_t> sorted = o.order;
    std::sort(sorted.begin(), sorted.end());
    std::vector<std::int64_t> axes(in.size());
    std::iota(axes.begin(), axes.end(), std::int64_t{0});
    if (sorted != axes)
        return wrong(fmt::format("has an order that does not fit {}", toString(in)));
    Shape out;
    for (const std::int64_t axis : o.order)
        out.push_back(in[static_cast<std::size_t>(axis)]);
    return Value{out, inputs[0].batched};
}

Result<Value> infer(const op::Slice& o, const Values& inputs, const Shapes&)
{
    return expectInputs(inputs, 1)
        .and_then([&] { return checkAxis(inputs[0], o.axis); })
        .and_then([&]() -> Result<Value> {
            Value out = inputs[0];
            std::int64_t& extent = out.shape[static_cast<std::size_t>(o.axis)];
            if (o.begin < 0 || o.begin >= o.end || o.end > extent || o.step < 1)
                return wrong(fmt::format("cannot take entries {} to {} of {} along axis {}", o.begin, o.end,
                                         toString(inputs[0].shape), o.axis));
            extent = (o.end - o.begin + o.step - 1) / o.step;
            if (o.squeeze && extent != 1)
                return wrong("can drop an axis of one entry only");
            if (o.squeeze)
                out.shape.erase(out.shape.begin() + o.axis);
            return out;
        });
}

Result<Value> infer(const op::PadBottomRight& o, const Values& inputs, const Shapes&)
{
    return expectInputs(inputs, 1).and_then([&] { return expectRank(inputs[0], 3); }).map([&] {
        const Shape& in = inputs[0].shape;
        return Value{{in[0] + o.bottom, in[1] + o.right, in[2]}, inputs[0].batched};
    });
}

Result<Value> infer(const op::Roll&, const Values& inputs, const Shapes&)
{
    return expectInputs(inputs, 1).and_then([&] { return expectRank(inputs[0], 3); }).map([&] { return inputs[0]; });
}

Result<Value> infer(const op::Mean& o, const Values& inputs, const Shapes&)
{
    return expectInputs(inputs, 1).and_then([&] { return checkAxis(inputs[0], o.axis); }).map([&] {
        Value out = inputs[0];
        out.shape.erase(out.shape.begin() + o.axis);
        return out;
    });
}

Result<Value> infer(const op::ExpandToBatch&, const Values& inputs, const Shapes&)
{
    return expectInputs(inputs, 1).and_then([&]() -> Result<Value> {
        const Value& in = inputs[0];
        if (in.batched || in.shape.empty() || in.shape.front() != 1)
            return wrong(fmt::format("needs a constant of shape 1x... and gets {}", toString(in.shape)));
        return Value{Shape(in.shape.begin() + 1, in.shape.end()), true};
    });
}

Result<Value> infer(const op::WindowPartition& o, const Values& inputs, const Shapes&)
{
    return expectInputs(inputs, 1).and_then([&] { return expectRank(inputs[0], 3); }).and_then([&]() -> Result<Value> {
        const Shape& in = inputs[0].shape;
        const auto [height, width, channels] =
            o.channelsFirst ? std::array{in[1], in[2], in[0]} : std::array{in[0], in[1], in[2]};
        if (o.size[0] < 1 || o.size[1] < 1 || height % o.size[0] != 0 || width % o.size[1] != 0)
            return wrong(fmt::format("cannot cut {} into windows of {}x{}", toString(in), o.size[0], o.size[1]));
        return Value{{height / o.size[0] * (width / o.size[1]), o.size[0] * o.size[1], channels}, inputs[0].batched};
    });
}

Result<Value> infer(const op::WindowReverse& o, const Values& inputs, const Shapes&)
{
    return expectInputs(inputs, 1).and_then([&] { return expectRank(inputs[0], 3); }).and_then([&]() -> Result<Value> {
        const Shape& in = inputs[0].shape;
        if (in[1] != o.size[0] * o.size[1] || in[0] * in[1] != o.height * o.width)
            return wrong(fmt::format("cannot join windows {} into {}x{}", toString(in), o.height, o.width));
        const Shape out = o.channelsFirst ? Shape{in[2], o.height, o.width} : Shape{o.height, o.width, in[2]};
        return Value{out, inputs[0].batched};
    });
}

Result<Value> infer(const op::RelativePositionBias& o, const Values& inputs, const Shapes& parameters)
{
    return expectInputs(inputs, 1)
        .and_then([&] {
            const bool square = parameters.size() == 1 && parameters[0].size() == 2;
            return expectParameters(parameters,
                                    {square ? Shape{o.positions, o.positions} : Shape{o.positions * o.positions}});
        })
        .and_then([&]() -> Result<Value> {
            if (inputs[0].batched || inputs[0].shape.empty() || inputs[0].shape.back() != o.heads)
                return wrong(
                    fmt::format("needs a constant table for {} heads and gets {}", o.heads, toString(inputs[0].shape)));
            return Value{{1, o.heads, o.positions, o.positions}, false};
        });
}

Result<Value> infer(const op::ShiftedWindowMask& o, const Values& inputs, const Shapes&)
{
    if (const auto ok = expectInputs(inputs, 0); !ok)
        return tl::unexpected(ok.error());
    const std::int64_t positions = o.window[0] * o.window[1];
    if (o.height % o.window[0] != 0 || o.width % o.window[1] != 0)
        return wrong(
            fmt::format("cannot cut {}x{} into windows of {}x{}", o.height, o.width, o.window[0], o.window[1]));
    return Value{{o.height * o.width / positions, positions, positions}, false};
}

/// What attention reads, as if queries, keys and values stood side by side.
Result<Value> joinedQkv(const op::Attention& o, const Values& inputs)
{
    Value qkv = inputs[0];
    if (o.separate && (inputs[1].shape != qkv.shape || inputs[2].shape != qkv.shape))
        return wrong(fmt::format("needs queries, keys and values of one shape and gets {}, {} and {}",
                                 toString(qkv.shape), toString(inputs[1].shape), toString(inputs[2].shape)));
    if (o.separate && !qkv.shape.empty())
        qkv.shape.back() *= 3;
    if (qkv.shape.size() < 2 || o.heads < 1 || qkv.shape.back() % (3 * o.heads) != 0)
        return wrong(
            fmt::format("cannot split {} into queries, keys and values of {} heads", toString(qkv.shape), o.heads));
    return qkv;
}

Result<Value> infer(const op::Attention& o, const Values& inputs, const Shapes& parameters)
{
    const std::size_t values = o.separate ? 3U : 1U;
    const std::size_t count = values + (o.hasBias ? 1U : 0U) + (o.hasMask ? 1U : 0U);
    const Shapes expected = o.kind == op::Attention::Kind::Cosine ? Shapes{{o.heads, 1, 1}} : Shapes{};
    return expectInputs(inputs, count)
        .and_then([&] { return expectParameters(parameters, expected); })
        .and_then([&] { return joinedQkv(o, inputs); })
        .and_then([&](Value out) -> Result<Value> {
            const std::int64_t length = out.shape[out.shape.size() - 2];
            if (o.hasBias && inputs[values].shape != Shape{1, o.heads, length, length})
                return wrong(fmt::format("needs a bias of 1x{}x{}x{} and gets {}", o.heads, length, length,
                                         toString(inputs[values].shape)));
            if (o.hasMask && inputs.back().shape != Shape{out.shape[0], length, length})
                return wrong(
                    fmt::format("needs a mask for {} and gets {}", toString(out.shape), toString(inputs.back().shape)));
            const bool varies = (o.hasBias && inputs[values].batched) || (o.hasMask && inputs.back().batched);
            if (varies)
                return wrong("needs a bias and a mask that do not depend on the network's input");
            out.shape.back() /= 3;
            return out;
        });
}

Result<Value> infer(const op::Sealed& o, const Values& inputs, const Shapes&)
{
    return expectInputs(inputs, 1).map([&] { return Value{o.output}; });
}

} // namespace

Result<Value> inferOutput(const Operation& operation, const Values& inputs, const Shapes& parameters)
{
    const bool ids = std::any_of(inputs.begin(), inputs.end(), [](const Value& v) { return v.dtype == DType::Int64; });
    if (ids && !std::holds_alternative<op::Embedding>(operation))
        return wrong("works on numbers and gets ids of tokens, which an Embedding has to look up first");
    return std::visit([&](const auto& o) { return infer(o, inputs, parameters); }, operation);
}

} // namespace lathe
