#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/tensor.h"

namespace lathe {

/// What to measure: one point of a sweep. Two records with equal configurations and environments are repeats.
struct Configuration {
    std::string model;          ///< an architecture's name or a model file
    std::string mode = "eager"; ///< see Mode
    std::int64_t batch = 1;
    int threads = 1;
    Shape input; ///< C x H x W; empty: the model's default
    std::string device = "cpu";

    bool operator==(const Configuration&) const = default;
};

/// "resnet50 · eager · batch 8 · 2 threads · 3x224x224".
std::string describe(const Configuration& configuration);

/// Where a record was measured. Figures of unlike environments are never one series.
struct Environment {
    std::string host;
    std::string cpu;             ///< "Intel(R) Xeon(R) ..."
    std::string instructionSets; ///< "AVX2 AVX-512 VNNI BF16", those of interest here
    int physicalCores = 0;
    int logicalCores = 0; ///< those this process may use
    double memoryGiB = 0.0;
    std::string system;       ///< kernel and distribution
    std::string library;      ///< BackendInfo::library
    std::string capability;   ///< BackendInfo::capability
    std::string kernels;      ///< BackendInfo::kernels
    std::string latheVersion; ///< version and git revision
    // These change from record to record and do not make environments unlike:
    double loadAverage = 0.0; ///< 1 minute, at the start
    double clockMHz = 0.0;    ///< mean of the cores, at the start; 0: unknown
    std::string governor;     ///< empty: unknown

    /// Same machine and software, as far as speed goes.
    bool comparableWith(const Environment& other) const;
};

/// Times of single inferences, in milliseconds; `samples` in the order they were taken.
struct Latency {
    double median = 0.0;
    double ciLow = 0.0; ///< 95 % interval of the median
    double ciHigh = 0.0;
    double p5 = 0.0;
    double p95 = 0.0;
    double p99 = 0.0;
    int outliers = 0; ///< farther than 3.5 scaled MADs from the median
    std::vector<double> samples;
};

/// Something about a record that its reader should know.
struct Flag {
    std::string code; ///< "contention", "drift", "imprecise", "stopped", ...
    std::string text; ///< one sentence with its evidence

    bool operator==(const Flag&) const = default;
};

/// One node's share of an inference.
struct LayerTime {
    std::string name;
    std::string operation;
    double milliseconds = 0.0; ///< median over the timed inferences
    std::int64_t macs = 0;     ///< for the record's batch
};

/// One measured configuration.
struct Record {
    std::string id;   ///< unique in its session
    std::string time; ///< ISO 8601, UTC
    Configuration configuration;
    std::string family;
    std::string type;   ///< "cnn", "vit", "mlp", ...
    std::string scheme; ///< how its network was compressed: "int8", "int8-dynamic", "int8 mixed"; empty: not at all
    std::string origin; ///< the model that it was made from, as `configuration.model` names it; empty likewise
    std::int64_t params = 0;
    std::int64_t macs = 0;                   ///< for one sample at this input, from the graph
    std::optional<std::int64_t> macsCounted; ///< the same, from the operations that ran; none: not counted
    std::int64_t activationBytes = 0;        ///< for one sample
    std::int64_t parameterBytes = 0;
    std::optional<double> top1;            ///< fraction; published, and then only at the published crop, or found here
    std::string top1Dataset;               ///< on whose test images it was found here; empty: published
    std::optional<std::int64_t> fileBytes; ///< of the model file or of the published weights
    Latency latency;
    double throughput = 0.0;    ///< samples a second: batch / median latency
    double throughputLow = 0.0; ///< from the latency's interval
    double throughputHigh = 0.0;
    std::int64_t peakTensorBytes = 0;   ///< held by tensors during one inference, weights aside
    std::int64_t peakResidentBytes = 0; ///< of the process
    double pageFaults = 0.0;            ///< minor faults an inference
    int warmups = 0;                    ///< inferences before the first sample
    std::string stopReason;             ///< "precise", "time", "samples", "stopped": see Samples
    bool isolated = false;              ///< in a process of its own
    std::vector<Flag> flags;
    Environment environment;
    std::vector<LayerTime> layers; ///< empty unless asked for
    double layersTotalMs = 0.0;    ///< sum of the layers
    double layersWholeMs = 0.0;    ///< median of the whole inferences taken in turns with the timed ones
    std::string note;              ///< the user's
};

/// Whether two records may stand in one series, front or trend: like environments and the same device.
bool sameSeries(const Record& a, const Record& b);

} // namespace lathe
