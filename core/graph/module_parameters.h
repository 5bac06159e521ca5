#pragma once

#include <string>
#include <vector>

#include "core/graph/graph.h"

namespace lathe {

/// The parameters that PyTorch's module of this operation has, "<name>.weight" and so on in the order of its state
/// dict, initialised as PyTorch does by default. Empty for operations that are no modules with parameters there.
std::vector<Parameter> moduleParameters(const std::string& name, const Operation& operation);

} // namespace lathe
