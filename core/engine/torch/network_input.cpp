#include "core/engine/torch/network_input.h"

#include <algorithm>

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>

namespace lathe::engine {

NetworkInput::NetworkInput(const Graph& graph)
    : m_name(graph.name()), m_shape(graph.inputShape()), m_vocabulary(graph.vocabulary())
{
}

Result<void> NetworkInput::check(const HostTensor& x) const
{
    const bool fits = x.shape.size() == m_shape.size() + 1 && x.shape.front() > 0 &&
                      std::equal(m_shape.begin(), m_shape.end(), x.shape.begin() + 1);
    if (!fits)
        return fail(ErrorCode::InvalidArgument, fmt::format("{} takes an input of Nx{} and was given {}.", m_name,
                                                            toString(m_shape), toString(x.shape)));
    if (m_vocabulary > 0 && x.dtype != DType::Int64)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} takes ids of tokens as int64 and was given {}.", m_name, name(x.dtype)));
    const auto* ids = reinterpret_cast<const std::int64_t*>(x.data.get());
    const auto isKnown = [this](std::int64_t id) { return id >= 0 && id < m_vocabulary; };
    if (m_vocabulary > 0 && !std::all_of(ids, ids + elementCount(x.shape), isKnown))
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} takes ids of tokens from 0 to {} and was given others.", m_name, m_vocabulary - 1));
    return {};
}

at::Tensor NetworkInput::random(std::int64_t batch) const
{
    std::vector<std::int64_t> shape = m_shape;
    shape.insert(shape.begin(), batch);
    const at::Generator generator = at::detail::createCPUGenerator(1);
    if (m_vocabulary > 0)
        return at::randint(m_vocabulary, shape, generator, at::TensorOptions().dtype(at::kLong));
    return at::randn(shape, generator, at::TensorOptions().dtype(at::kFloat));
}

} // namespace lathe::engine
