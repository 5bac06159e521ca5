#include "core/analysis/quantity.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "core/analysis/significant.h"

namespace lathe {

namespace {

struct Row {
    Quantity quantity;
    std::string_view name;
    std::string_view title;
    std::string_view word;
    std::string_view unit;
    bool smallerIsBetter;
};

constexpr std::array kRows = {
    Row{Quantity::Params, "params", "Parameters (millions)", "parameters", "M", true},
    Row{Quantity::Macs, "macs", "Multiply-accumulates (GMACs)", "MACs", "GMACs", true},
    Row{Quantity::ActivationBytes, "activation_bytes", "Activations (MB)", "activations", "MB", true},
    Row{Quantity::Latency, "latency", "Latency (ms)", "latency", "ms", true},
    Row{Quantity::Throughput, "throughput", "Throughput (images/s)", "throughput", "images/s", false},
    Row{Quantity::Top1, "top1", "Top-1 accuracy (%)", "top-1", "%", false},
    Row{Quantity::FileSize, "file_size", "File size (MB)", "file size", "MB", true},
    Row{Quantity::PeakMemory, "peak_memory", "Peak memory (MB)", "peak memory", "MB", true},
};

const Row& rowOf(Quantity quantity)
{
    return *std::find_if(kRows.begin(), kRows.end(), [&](const Row& row) { return row.quantity == quantity; });
}

/// A figure of 0 was never measured or is not known.
std::optional<Measure> exact(double value)
{
    if (!(value > 0.0) || !std::isfinite(value))
        return std::nullopt;
    return Measure{value, value, value};
}

std::optional<Measure> scaled(std::int64_t count, double unit)
{
    return exact(static_cast<double>(count) / unit);
}

/// Without an interval that holds the value, the value stands for it.
std::optional<Measure> withInterval(double value, double low, double high)
{
    std::optional<Measure> measured = exact(value);
    if (measured && low > 0.0 && low <= value && high >= value && std::isfinite(high))
        measured = Measure{value, low, high};
    return measured;
}

} // namespace

std::string_view quantityName(Quantity quantity)
{
    return rowOf(quantity).name;
}

std::optional<Quantity> quantityFromName(std::string_view name)
{
    for (const Row& row : kRows)
        if (row.name == name)
            return row.quantity;
    return std::nullopt;
}

const std::vector<Quantity>& allQuantities()
{
    static const std::vector<Quantity> all = [] {
        std::vector<Quantity> quantities;
        for (const Row& row : kRows)
            quantities.push_back(row.quantity);
        return quantities;
    }();
    return all;
}

std::string axisTitle(Quantity quantity)
{
    return std::string(rowOf(quantity).title);
}

std::string_view quantityWord(Quantity quantity)
{
    return rowOf(quantity).word;
}

std::string_view unitName(Quantity quantity)
{
    return rowOf(quantity).unit;
}

bool smallerIsBetter(Quantity quantity)
{
    return rowOf(quantity).smallerIsBetter;
}

std::optional<Measure> measure(const Record& record, Quantity quantity)
{
    constexpr double kMega = 1e6, kGiga = 1e9;
    switch (quantity) {
    case Quantity::Params:
        return scaled(record.params, kMega);
    case Quantity::Macs:
        return scaled(record.macs, kGiga);
    case Quantity::ActivationBytes:
        return scaled(record.activationBytes, kMega);
    case Quantity::Latency:
        return withInterval(record.latency.median, record.latency.ciLow, record.latency.ciHigh);
    case Quantity::Throughput:
        return withInterval(record.throughput, record.throughputLow, record.throughputHigh);
    case Quantity::Top1:
        return exact(record.top1.value_or(0.0) * 100.0);
    case Quantity::FileSize:
        return scaled(record.fileBytes.value_or(0), kMega);
    case Quantity::PeakMemory:
        return record.peakTensorBytes > 0 ? scaled(record.peakTensorBytes + record.parameterBytes, kMega)
                                          : std::nullopt;
    }
    return std::nullopt;
}

std::string measureText(const Measure& figure, Quantity quantity)
{
    const std::string number = quantity == Quantity::Top1 ? formatFixed(figure.value, 2)
                                                          : formatWithInterval(figure.value, figure.low, figure.high);
    return fmt::format("{} {}", number, unitName(quantity));
}

} // namespace lathe
