#pragma once

#include "core/session/json_p.h"
#include "core/session/record.h"

namespace lathe {

template <class Archive, json::Like<Environment> T> void fields(Archive& archive, T& environment)
{
    archive("host", environment.host);
    archive("cpu", environment.cpu);
    archive("instruction_sets", environment.instructionSets);
    archive("physical_cores", environment.physicalCores);
    archive("logical_cores", environment.logicalCores);
    archive("memory_gib", environment.memoryGiB);
    archive("system", environment.system);
    archive("library", environment.library);
    archive("capability", environment.capability);
    archive("kernels", environment.kernels);
    archive("lathe_version", environment.latheVersion);
    archive("load_average", environment.loadAverage);
    archive("clock_mhz", environment.clockMHz);
    archive("governor", environment.governor);
}

} // namespace lathe

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
