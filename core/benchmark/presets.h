#pragma once

#include <string>
#include <vector>

#include "core/session/session.h"

namespace lathe {

struct Preset {
    std::string name;
    std::string description;
    Setup setup;
};
/// "Quick start", "Three architectures of 20 to 30 M parameters", and its small-batch variant.
const std::vector<Preset>& presets();

} // namespace lathe
