#pragma once

#include "core/base/result.h"
#include "core/base/tensor.h"
#include "core/formats/torch_tensors.h"

namespace lathe {

/// The state dict in an archive that torch.save wrote: the whole of it, or what a training checkpoint holds under
/// "state_dict", "model" or a like name, or its only dictionary of tensors. Entries that are no tensors are passed
/// over; one whose name is there twice, or longer than 1,024 characters, is an error. Errors are sentences beginning
/// with "It", or with the tensor.
Result<StateDict> readTorchArchive(const TorchArchive& archive);

} // namespace lathe
