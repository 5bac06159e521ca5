#pragma once

#include <string>
#include <vector>

#include "core/base/tensor.h"

namespace lathe {

/// Which entries of a parameter are left.
struct Mask {
    std::string parameter; ///< "conv1.weight"
    HostTensor keep;       ///< uint8 of the parameter's shape: 1 stays, 0 is pruned
};

/// What torch.nn.utils.prune calls the reparametrization: a network's weights are the products of these originals and
/// masks, and training changes the originals alone.
struct Pruning {
    std::vector<Mask> masks; ///< in the order of the graph's parameters, at most one for each
    StateDict originals;     ///< of the same parameters in the same order, under the parameters' own names
    std::string scheme;      ///< how the masks were made: "l1 global 0.3"
};

} // namespace lathe
