#pragma once

#include <functional>
#include <optional>

#include "core/base/tensor.h"

namespace lathe {

/// Gives the next batch of inputs, N x the graph's input; none: there are no more.
using Batches = std::function<std::optional<HostTensor>()>;

/// What values are watched on: each call begins anew.
using CalibrationData = std::function<Batches()>;

} // namespace lathe
