#pragma once

#include "core/session/json_p.h"
#include "core/session/record.h"

namespace lathe::json {

OrderedJson fromRecord(const Record& record);

/// A record as far as it could be read.
struct RecordReading {
    Record record;
    std::vector<Problem> problems; ///< what of it could not
    bool usable = true;            ///< false: what was measured, or its latency, is among the problems
};
RecordReading toRecord(const Json& json);

/// "'batch' is not a whole number and 'note' is not a text".
std::string sentenceOf(const std::vector<Problem>& problems);

} // namespace lathe::json
