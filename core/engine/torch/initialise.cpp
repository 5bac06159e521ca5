#include "core/engine/torch/initialise.h"

#include <cmath>

#include <ATen/CPUGeneratorImpl.h>

#include "core/engine/torch/tensors.h"
#include "core/engine/weights.h"

namespace lathe::engine {

namespace {

/// A normal distribution cut at -2 and 2, through the inverse of its distribution function, as
/// torch.nn.init.trunc_normal_ does it.
void truncatedNormal(at::Tensor& tensor, double deviation, const at::Generator& generator)
{
    const double high = std::erf(2.0 / deviation / std::sqrt(2.0));
    tensor.uniform_(-high, high, generator).erfinv_().mul_(deviation * std::sqrt(2.0)).clamp_(-2.0, 2.0);
}

at::Tensor draw(const Parameter& parameter, const at::Generator& generator)
{
    const Initialisation& how = parameter.initialisation;
    at::Tensor tensor = at::empty(parameter.shape, scalarType(parameter.dtype));
    switch (how.kind) {
    case Initialisation::Kind::Normal:
        return tensor.normal_(0.0, how.a, generator);
    case Initialisation::Kind::TruncatedNormal:
        truncatedNormal(tensor, how.a, generator);
        return tensor;
    case Initialisation::Kind::NormalWithinTwoDeviations:
        truncatedNormal(tensor, 1.0, generator);
        return tensor.mul_(how.a);
    case Initialisation::Kind::Uniform:
        return tensor.uniform_(-how.a, how.a, generator);
    case Initialisation::Kind::RelativePositionIndex:
    case Initialisation::Kind::RelativeCoordsTable:
    case Initialisation::Kind::Constant:
        break;
    }
    return tensor.fill_(how.a);
}

} // namespace

StateDict initialise(const Graph& graph, std::uint64_t seed)
{
    const at::Generator generator = at::detail::createCPUGenerator(seed);
    StateDict weights;
    for (const Parameter& parameter : graph.parameters())
        weights.push_back(
            {parameter.name, parameter.derived() ? derivedValue(parameter) : toHost(draw(parameter, generator))});
    return weights;
}

} // namespace lathe::engine
