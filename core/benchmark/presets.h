#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/session/session.h"

namespace lathe {

struct Preset {
    std::string key; ///< for the command line: "quick-start"
    std::string name;
    std::string description;
    Setup setup;
};
/// The first is the quick start.
const std::vector<Preset>& presets();

/// By its key; the error names all keys.
Result<Preset> findPreset(const std::string& key);

} // namespace lathe
