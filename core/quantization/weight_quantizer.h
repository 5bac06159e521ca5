#pragma once

#include "core/quantization/observers.h"
#include "core/quantization/quantization.h"

namespace lathe {

struct WeightOptions {
    int bits = 8; ///< 2 to 8, symmetric: 8 are -127 to 127
    Granularity granularity{Granularity::Kind::PerChannel};
    ObserverOptions observer; ///< of each part by itself
};

/// Each part rounded to a symmetric grid of its own. `weight`: float32 [out, ...]. InvalidArgument: a value that is
/// not finite, bits or groups that cannot be.
Result<QuantizedWeight> quantizeWeight(const HostTensor& weight, const WeightOptions& options);

} // namespace lathe
