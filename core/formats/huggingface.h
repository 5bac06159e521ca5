#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/tensor.h"
#include "core/graph/graph.h"

/// Weights named as in Hugging Face's transformers (ViT, BERT, DistilBERT) or timm (ViT), under the catalogue's names.
namespace lathe {

/// What the weights were made for, where the catalogue's architecture is another.
struct WeightConvention {
    std::optional<double> layerNormEps; ///< of every layer norm
    bool hasClassifier = true;          ///< false: the classifier's input is the output

    bool isCatalogues() const { return !layerNormEps && hasClassifier; }
};

struct RenamedWeights {
    StateDict tensors;
    WeightConvention convention;
    std::vector<std::string> notes; ///< sentences: what was left out or differs
};

/// Separate queries, keys and values become the one projection that the catalogue has. Heads that only pre-training
/// or another task uses are left out. Tensors of any other network come back as they were.
/// transformers normalises ViT with an epsilon of 1e-12 unless a config.json in `folder` says otherwise; torchvision
/// and timm with 1e-6.
RenamedWeights withCatalogueNames(StateDict tensors, const std::filesystem::path& folder);

/// The graph as the convention has it.
Result<Graph> adapted(const Graph& graph, const WeightConvention& convention);

} // namespace lathe
