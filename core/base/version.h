#pragma once

#include <string_view>

namespace lathe {

/// "0.1.0".
std::string_view version();

/// "0.1.0 (a1b2c3d)": with the git revision it was built from, where known.
std::string_view versionWithRevision();

} // namespace lathe
