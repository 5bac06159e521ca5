#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/datasets/dataset.h"
#include "core/datasets/synthetic.h"

namespace lathe {

/// What "fashion-mnist[:DIR][:N]", "cifar10:DIR[:N]", "folder:DIR[:N]" or "synthetic[:N]" says.
struct DatasetName {
    std::string kind;         ///< "fashion-mnist", "cifar10", "folder", "synthetic"
    std::string folder;       ///< empty: the dataset's usual one
    std::int64_t samples = 0; ///< N; 0: all

    bool isSynthetic() const;
};

/// A number at the end counts samples, so that a folder named by digits is written with a path: "./256".
Result<DatasetName> datasetFromText(std::string_view text);

/// "fashion-mnist, cifar10:DIR or synthetic", for help texts.
std::string datasetKinds();

/// Whether a dataset of this kind lies where Debian's package puts it, so that no folder need be named.
bool isInUsualFolder(std::string_view kind);

/// Reads it whole; `samples` is for the caller to draw. `synthetic` says what images are made where no file is read.
Result<Dataset> loadDataset(const DatasetName& name, const SyntheticOptions& synthetic = {});

/// The name where all images are wanted: one with a number of samples is refused.
Result<DatasetName> whole(const DatasetName& name);

} // namespace lathe
