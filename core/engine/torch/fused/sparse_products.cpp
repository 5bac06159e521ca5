#include "core/engine/torch/fused/sparse_products.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/engine/torch/fused/products.h"
#include "core/engine/torch/quiet.h"

namespace lathe::engine {

namespace {

/// With fewer zeros no sparse product came near a dense one on any CPU tried, so that making it would only take time.
constexpr double kLeastSparsity = 0.5;

std::int64_t entriesOf(const at::Tensor& weight)
{
    return weight.count_nonzero().item<std::int64_t>();
}

bool isWorthATry(const at::Tensor& weight, Mode mode)
{
    const auto zeros = static_cast<double>(weight.numel() - entriesOf(weight));
    return at::hasMKL() && weight.scalar_type() == at::kFloat && zeros > 0.0 &&
           (mode != Mode::Sparse || zeros >= kLeastSparsity * static_cast<double>(weight.numel()));
}

/// With indices as MKL wants them; others would be converted at every product.
at::Tensor csrOf(const at::Tensor& matrix)
{
    const Quiet quiet; // LibTorch calls sparse CSR a beta
    const at::Tensor made = matrix.to_sparse_csr();
    return at::sparse_csr_tensor(made.crow_indices().to(at::kInt), made.col_indices().to(at::kInt), made.values(),
                                 made.sizes(), made.options());
}

std::optional<at::Tensor> bsrOf(const at::Tensor& matrix)
{
    if (matrix.size(0) % kSparseBlock != 0 || matrix.size(1) % kSparseBlock != 0)
        return std::nullopt;
    const Quiet quiet;
    const at::Tensor made = matrix.to_sparse_bsr({kSparseBlock, kSparseBlock});
    return at::sparse_bsr_tensor(made.crow_indices().to(at::kInt), made.col_indices().to(at::kInt), made.values(),
                                 made.sizes(), made.options());
}

/// Null where the format cannot be had.
std::optional<at::Tensor> storedAs(Mode format, const at::Tensor& matrix)
{
    return format == Mode::Csr ? csrOf(matrix) : bsrOf(matrix);
}

std::string kernelName(Mode format)
{
    return fmt::format("aten::addmm {}", name(format));
}

/// Rows that lie one behind the other are columns of the product that MKL is given, so that nothing is copied.
std::optional<Made> rowProduct(Mode format, const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& x,
                               const at::Tensor& y, const Finishes& finishes)
{
    const bool adds = !finishes.empty() && finishes.front().addend.defined() && liesOver(y, finishes.front().addend);
    for (std::size_t i = 1; i < finishes.size(); ++i)
        if (finishes[i].addend.defined() && liesOver(y, finishes[i].addend))
            return std::nullopt; // it would be overwritten before it is read
    const auto factors = storedAs(format, weight);
    if (!factors)
        return std::nullopt;
    const auto run = [factors = *factors, bias, x, y, finishes, adds] {
        at::Tensor columns = y.t();
        at::addmm_out(columns, columns, factors, x.t(), adds ? 1 : 0, 1);
        at::Tensor out = y;
        if (bias.defined())
            out.add_(bias);
        applyFinishes(finishes, out, adds ? 1 : 0);
    };
    return Made{run, kernelName(format), 0};
}

std::optional<Made> patchProduct(Mode format, const op::Conv2d& conv, const at::Tensor& weight, const at::Tensor& bias,
                                 const at::Tensor& x, const at::Tensor& y, const Finishes& finishes)
{
    const auto factors = storedAs(format, weight.flatten(1));
    if (!factors)
        return std::nullopt;
    const at::Tensor offset = bias.defined() ? bias.view({-1, 1, 1}) : bias;
    const auto run = [=, factors = *factors] {
        const at::Tensor patches = at::im2col(x, conv.kernel, conv.dilation, conv.padding, conv.stride);
        at::Tensor made = at::empty(y.sizes(), y.options());
        for (std::int64_t i = 0; i < y.size(0); ++i) {
            at::Tensor image = made[i].flatten(1);
            at::addmm_out(image, image, factors, patches[i], 0, 1);
        }
        if (offset.defined())
            made.add_(offset);
        applyFinishes(finishes, made);
        y.copy_(made);
    };
    return Made{run, "im2col, " + kernelName(format), 0};
}

std::string keyOf(Mode mode, const char* what, const at::Tensor& weight, const at::Tensor& x)
{
    return fmt::format("{} {} {} {} {}", name(mode), what, fmt::join(x.sizes(), "x"), fmt::join(weight.sizes(), "x"),
                       entriesOf(weight));
}

template <class Dense, class Sparse>
Made chosen(const std::string& key, Mode mode, const Dense& dense, const Sparse& sparse, Workshop& workshop)
{
    if (mode != Mode::Sparse)
        return workshop.fastest(key, {[&] { return sparse(mode); }}, dense);
    return workshop.fastest(key, {dense, [&] { return sparse(Mode::Csr); }, [&] { return sparse(Mode::Bsr); }});
}

} // namespace

Made makeSparseLinear(const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& x, const at::Tensor& y,
                      const Finishes& finishes, Workshop& workshop, Mode mode)
{
    const auto dense = [&] { return std::optional(makeLinear(weight, bias, x, y, finishes, workshop)); };
    if (!isWorthATry(weight, mode))
        return *dense();
    const auto sparse = [&](Mode format) { return rowProduct(format, weight, bias, x, y, finishes); };
    return chosen(keyOf(mode, "linear", weight, x), mode, dense, sparse, workshop);
}

Made makeSparseConvolution(const op::Conv2d& conv, const at::Tensor& weight, const at::Tensor& bias,
                           const at::Tensor& x, const at::Tensor& y, const Finishes& finishes, Workshop& workshop,
                           Mode mode)
{
    const auto dense = [&] { return std::optional(makeConvolution(conv, weight, bias, x, y, finishes, workshop)); };
    if (conv.groups != 1 || !isWorthATry(weight, mode))
        return *dense();
    const auto sparse = [&](Mode format) {
        return isPointwise(conv) ? rowProduct(format, weight.flatten(1), bias, rowsOf(x), rowsOf(y), rowsOf(finishes))
                                 : patchProduct(format, conv, weight, bias, x, y, finishes);
    };
    const std::string key = fmt::format("{} {} {} {}", keyOf(mode, "conv", weight, x), fmt::join(conv.stride, "x"),
                                        fmt::join(conv.padding, "x"), fmt::join(conv.dilation, "x"));
    return chosen(key, mode, dense, sparse, workshop);
}

} // namespace lathe::engine
