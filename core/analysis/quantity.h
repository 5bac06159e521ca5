#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/session/record.h"

namespace lathe {

/// What an axis of the scatter can show.
enum class Quantity { Params, Macs, ActivationBytes, Latency, Throughput, Top1, FileSize, PeakMemory };

/// "params", "macs", "activation_bytes", "latency", "throughput", "top1", "file_size", "peak_memory".
std::string_view quantityName(Quantity quantity);
std::optional<Quantity> quantityFromName(std::string_view name);
const std::vector<Quantity>& allQuantities();

/// Axis title with its unit: "Parameters (millions)", "Throughput (images/s)".
std::string axisTitle(Quantity quantity);

/// Whether less of it is better (latency, parameters) or more (throughput, top-1).
bool smallerIsBetter(Quantity quantity);

struct Measure {
    double value = 0.0;
    double low = 0.0; ///< interval; equal to value where there is none
    double high = 0.0;
};

/// In the axis' unit: millions of parameters, GMACs, MB (10^6 bytes), ms, images/s, percent. None where unknown.
std::optional<Measure> measure(const Record& record, Quantity quantity);

} // namespace lathe
