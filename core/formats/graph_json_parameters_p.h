#pragma once

// Private to core/formats: what a graph's JSON need not say about the parameters of a node.

#include <string>
#include <vector>

#include "core/graph/graph.h"

namespace lathe::graphjson {

/// The parameters a node has where its JSON names none: those of PyTorch's module, or for a "Parameter" the one
/// that is called as the node is, whose shape has to be declared.
std::vector<Parameter> usualParameters(const std::string& node, const Operation& operation);

/// Whether the operation itself says which shapes its parameters have.
bool shapesFollow(const Operation& operation);

/// What the node's parameter `index` is, but for its name, where nothing is said about it. Without a shape where the
/// operation does not say it.
Parameter usualParameter(const Operation& operation, std::size_t index);

/// Whether the operation takes no input.
bool isConstant(const Operation& operation);

} // namespace lathe::graphjson
