#pragma once

#include "core/benchmark/peaks.h"
#include "core/session/record.h"

/// A measurement of the small network (see fake_backend.h) and the roofs of the machine it ran on.
namespace lathe::test {

/// A first cache that holds ReLU's 2,048 bytes and not the convolution's 2,240.
inline Peaks smallPeaks()
{
    Peaks peaks;
    peaks.environment.host = "box";
    peaks.threads = 2;
    peaks.fp32 = 2e9;
    peaks.bf16 = 1e9;
    peaks.int8 = 8e9;
    peaks.bandwidth = {{"L1", 1100, 2, 4e9, 1e9, 3e9}, {"memory", 1 << 30, 1, 1e9, 5e8, 8e8}};
    return peaks;
}

/// 13,824 FLOPs of its convolution, 256 each of ReLU and pooling, 80 of the linear layer.
inline Record smallRecord(double median = 0.05, double halfWidth = 0.001)
{
    Record record;
    record.id = "this";
    record.configuration = {"small", "eager", 1, 2, {3, 8, 8}, "cpu"};
    record.environment.host = "box";
    record.latency.median = median;
    record.latency.ciLow = median - halfWidth;
    record.latency.ciHigh = median + halfWidth;
    return record;
}

inline Record smallRecordWithLayers()
{
    Record measured = smallRecord();
    measured.layers = {{"conv", "Conv2d", 0.01, 6912},
                       {"relu", "ReLU", 0.001, 0},
                       {"pool", "AdaptiveAvgPool2d", 0.0001, 0},
                       {"flatten", "Flatten", 0.0002, 0},
                       {"fc", "Linear", 0.01, 40}};
    return measured;
}

} // namespace lathe::test
