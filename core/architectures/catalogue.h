#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/graph/graph.h"

namespace lathe {

/// What kind of network it is; plots colour by it.
enum class ArchitectureType { Cnn, Vit, Mlp, Hybrid, Transformer };

/// "cnn", "vit", "mlp", "hybrid", "transformer".
std::string_view name(ArchitectureType type);
std::optional<ArchitectureType> architectureTypeFromName(std::string_view name);

/// A published set of ImageNet-1k weights.
struct PublishedWeights {
    std::string name;           ///< "IMAGENET1K_V2"
    double top1 = 0.0;          ///< fraction
    double top5 = 0.0;          ///< fraction
    double gmacs = 0.0;         ///< as published, at the crop
    double fileMegabytes = 0.0; ///< of the published file, 1 MB = 2^20 bytes
    std::int64_t crop = 0;      ///< pixels, square
};

struct BuildOptions {
    Shape input;              ///< C x H x W, or the number of tokens; empty: the architecture's default
    std::int64_t classes = 0; ///< 0: the architecture's default
};

struct Architecture {
    std::string name;   ///< torchvision's: "resnet50"
    std::string family; ///< "ResNet"
    ArchitectureType type = ArchitectureType::Cnn;
    int year = 0;                            ///< of the paper
    Shape defaultInput;                      ///< C x H x W, or the number of tokens
    std::int64_t defaultClasses = 1000;      ///< 0: an encoder without a classifier
    std::int64_t vocabulary = 0;             ///< of the token ids it takes; 0: takes images
    std::vector<PublishedWeights> published; ///< torchvision's order; may be empty

    /// Fails with a sentence that names the node where an input size is too small or does not divide.
    std::function<Result<Graph>(const BuildOptions&)> build;

    /// torchvision's default weights: the newest of those trained on ImageNet-1k alone; null if none.
    const PublishedWeights* defaultWeights() const;
};

/// Every architecture known, in the order shown to users. Made once, on first use; thread-safe.
const std::vector<Architecture>& catalogue();

/// An input as people read it: "3x224x224", "128 tokens".
std::string inputText(const Shape& input, std::int64_t vocabulary);

/// By name; the error suggests near names. Beside the catalogue's, "convnet:8,16,32" is a small convolutional network
/// with a stage of each of these widths. Thread-safe; what it points to stays.
Result<const Architecture*> findArchitecture(std::string_view name);

/// Looks the name up and builds it.
Result<Graph> buildArchitecture(std::string_view name, const BuildOptions& options = {});

} // namespace lathe
