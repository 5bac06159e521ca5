#pragma once

#include <string>
#include <vector>

#include "core/session/record.h"

namespace lathe {

/// What a second is counted in: "images/s" where every record took images, "samples/s" where one took tokens.
std::string throughputUnit(const std::vector<Record>& records);
std::string throughputUnit(const Record& record);

/// A title that holds "images/s" with the unit that goes with the records.
std::string withThroughputUnit(std::string title, const std::vector<Record>& records);

} // namespace lathe
