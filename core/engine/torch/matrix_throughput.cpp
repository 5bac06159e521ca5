#include "core/engine/torch/matrix_throughput.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include "core/engine/torch/guard.h"

namespace lathe::engine {

namespace {

/// Rows x depth by depth x columns.
struct Extents {
    std::int64_t rows;
    std::int64_t depth;
    std::int64_t columns;

    double operations() const { return 2.0 * static_cast<double>(rows * depth * columns); }
};

at::Tensor call(const char* name, torch::jit::Stack arguments)
{
    const auto operation = c10::Dispatcher::singleton().findSchemaOrThrow(name, "");
    operation.callBoxed(arguments);
    return std::move(arguments.front()).toTensor();
}

std::function<void()> floatProduct(const Extents& e, at::ScalarType type)
{
    const at::Tensor a = at::rand({e.rows, e.depth}).to(type);
    const at::Tensor b = at::rand({e.depth, e.columns}).to(type);
    at::Tensor product = at::empty({e.rows, e.columns}, type);
    return [=]() mutable { at::mm_out(product, a, b); };
}

/// Weights of 7 bits, as they have to be where the CPU lacks VNNI.
std::function<void()> int8Product(const Extents& e)
{
    const at::Tensor a = at::randint(0, 128, {e.rows, e.depth}, at::kByte);
    const at::Tensor weights = at::randint(-63, 64, {e.columns, e.depth}, at::kChar);
    const at::Tensor packed = call("onednn::qlinear_prepack", {weights, c10::List<std::int64_t>({e.rows, e.depth})});
    const at::Tensor scales = at::ones({e.columns});
    const at::Tensor zeroPoints = at::zeros({e.columns}, at::kInt);
    const double outputScale = 127.0 * 63.0;
    return [=] {
        call("onednn::qlinear_pointwise", {a, 1.0, 0, packed, scales, zeroPoints, c10::IValue(), outputScale, 0,
                                           at::kByte, "none", c10::List<std::optional<c10::Scalar>>(), ""});
    };
}

std::function<void()> productOf(const Extents& extents, MatrixType type)
{
    switch (type) {
    case MatrixType::Float32:
        return floatProduct(extents, at::kFloat);
    case MatrixType::BFloat16:
        return floatProduct(extents, at::kBFloat16);
    case MatrixType::Int8:
        return int8Product(extents);
    }
    return {};
}

double secondsOf(const std::function<void()>& work)
{
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// The first product counts as well: where products are slow there may be no second.
double bestRate(const Extents& extents, MatrixType type, double seconds)
{
    const std::function<void()> product = productOf(extents, type);
    double spent = 0.0;
    double shortest = secondsOf(product);
    for (spent = shortest; spent < seconds;) {
        const double taken = secondsOf(product);
        shortest = std::min(shortest, taken);
        spent += taken;
    }
    return extents.operations() / shortest;
}

} // namespace

Result<double> matrixThroughput(MatrixType type, int n, double seconds)
{
    if (n < 1)
        return fail(ErrorCode::InvalidArgument, fmt::format("A matrix of edge {} cannot be; take 1 or more.", n));
    const c10::InferenceMode inference;
    // Square, and as convolutions and linear layers have them: many rows, or many columns.
    const std::array<Extents, 3> shapes{{{n, n, n}, {4 * n, n, n}, {n, n, 4 * n}}};
    return guarded("The matrix product", [&]() -> Result<double> {
        double best = 0.0;
        double left = seconds;
        for (std::size_t i = 0; i < shapes.size() && (i == 0 || left > 0.0); ++i) {
            const double share = left / static_cast<double>(shapes.size() - i);
            left -= secondsOf([&] { best = std::max(best, bestRate(shapes[i], type, share)); });
        }
        return best;
    });
}

} // namespace lathe::engine
