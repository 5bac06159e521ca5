#pragma once

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/base/tensor.h"
#include "core/formats/sparse.h"

/// State dicts as torch.save writes them, which Python's torch.load opens with its defaults: an OrderedDict of tensors,
/// dense ones or sparse ones of the layouts of sparse.h.
namespace lathe {

struct TorchEntry {
    std::string name;
    std::variant<HostTensor, sparse::Tensor> tensor;
};

/// What lies in the archive.
struct TorchRecords {
    std::string pickle;               ///< "data.pkl", of protocol 2
    std::vector<HostTensor> storages; ///< number i is "data/<i>"
};
TorchRecords torchRecords(const std::vector<TorchEntry>& entries);

/// Atomic. The engine packs the archive, so the error may be that there is none.
Result<void> writeTorchFile(const std::filesystem::path& path, const std::vector<TorchEntry>& entries);
Result<void> writeTorchFile(const std::filesystem::path& path, const StateDict& tensors);

/// Whether a file is to be written so, by its name: .pt or .pth.
bool isTorchName(const std::filesystem::path& path);

} // namespace lathe
