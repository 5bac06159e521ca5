#include "core/engine/torch/fused/on_floats.h"

#include <ATen/ExpandUtils.h>

namespace lathe::engine {

namespace {

constexpr std::size_t kAlignment = 64;

std::size_t bytesOfCopy(const at::Tensor& x)
{
    const std::size_t bytes = static_cast<std::size_t>(x.numel()) * sizeof(float);
    return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

/// Lying as `x` does, without its gaps.
at::Tensor copyAt(std::byte* memory, const at::Tensor& x)
{
    return at::from_blob(memory, x.sizes(), at::infer_dense_strides(x.sizes(), x.strides()), at::kFloat);
}

} // namespace

std::optional<Made> onFloats(const Tensors& reads, const at::Tensor& y, Workshop& workshop, const MakeOnFloats& make)
{
    if (y.scalar_type() == at::kFloat)
        return std::nullopt;
    std::size_t bytes = bytesOfCopy(y);
    for (const at::Tensor& read : reads)
        bytes += bytesOfCopy(read);
    std::byte* memory = workshop.floats(bytes);
    const at::Tensor result = copyAt(memory, y);
    memory += bytesOfCopy(y);
    Tensors copies;
    for (const at::Tensor& read : reads) {
        copies.push_back(copyAt(memory, read));
        memory += bytesOfCopy(read);
    }
    const std::optional<Made> inner = make(copies, result);
    if (!inner)
        return std::nullopt;
    const auto run = [reads, y, copies, result, compute = inner->run] {
        for (std::size_t i = 0; i < reads.size(); ++i)
            copies[i].copy_(reads[i]);
        compute();
        if (y.is_floating_point())
            y.copy_(result);
        else
            y.copy_(result.round()); // an average of integers
    };
    return Made{run, "float32 " + inner->kernel, inner->macs};
}

at::Tensor roundedTo(at::ScalarType type, const at::Tensor& x)
{
    return x.defined() ? x.to(type).to(at::kFloat) : x;
}

} // namespace lathe::engine
