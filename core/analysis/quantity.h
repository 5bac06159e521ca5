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

/// Without its unit, within a sentence: "parameters", "throughput", "top-1".
std::string_view quantityWord(Quantity quantity);

/// Of what `measure` gives: "M", "GMACs", "MB", "ms", "images/s", "%".
std::string_view unitName(Quantity quantity);

/// Whether less of it is better (latency, parameters) or more (throughput, top-1).
bool smallerIsBetter(Quantity quantity);

struct Measure {
    double value = 0.0;
    double low = 0.0; ///< interval; equal to value where there is none
    double high = 0.0;
};

/// In the axis' unit: millions of parameters, GMACs, MB (10^6 bytes), ms, images/s, percent. None where unknown.
std::optional<Measure> measure(const Record& record, Quantity quantity);

/// With its unit and the digits that its interval supports: "19.8 ± 0.5 ms", "25.6 M"; top-1 as published: "76.13 %".
std::string measureText(const Measure& figure, Quantity quantity);

} // namespace lathe
