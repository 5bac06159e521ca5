#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/analysis/layer_table.h"

namespace lathe {

/// A module of a network, or one of its layers.
struct LayerBranch {
    std::string name;               /// last part of the path: "conv1"
    std::string path;               /// "layer1.0.conv1"
    int parent = -1;                ///< index; the root's is -1
    int position = 0;               ///< among its parent's children
    std::vector<int> children;      ///< in the order they first run
    std::optional<std::size_t> row; ///< of the table, where the branch is itself a layer
    LayerRow total;                 ///< it and everything below: parameters, MACs, bytes, time, share
};

/// The modules of a table by their paths; entry 0 is the whole network. A layer that other layers are below
/// ("self_attention" and "self_attention.in_proj") is both.
std::vector<LayerBranch> layerTree(const LayerTable& table, const std::string& network);

} // namespace lathe
