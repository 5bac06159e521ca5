#pragma once

#include <string_view>
#include <vector>

#include "core/graph/operations.h"

namespace lathe {

/// What sort of work an operation is: few enough to colour a picture by, and apart where machines treat them apart.
enum class OperationKind {
    Convolution,
    GroupedConvolution, ///< depthwise too: few MACs for each byte moved
    MatrixProduct,
    Attention,
    Normalisation,
    Activation,
    Elementwise, ///< additions, products, pooling
    Movement,    ///< reshaping, slicing, gathering: no arithmetic
    Sealed       ///< a whole network whose parts are not known
};

OperationKind kindOf(const Operation& operation);

/// "Convolution", "Grouped convolution", "Matrix product", ...
std::string_view kindName(OperationKind kind);

const std::vector<OperationKind>& allOperationKinds();

} // namespace lathe
