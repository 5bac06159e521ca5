#pragma once

#include <cstdint>
#include <span>

#include "core/base/result.h"
#include "core/datasets/batch_maker.h"

namespace lathe {

/// Bilinear, with the centres of the corner pixels mapped as in torch.nn.functional.interpolate(mode="bilinear",
/// align_corners=False) without anti-aliasing. `images` is float32, N x C x H x W.
HostTensor resized(const HostTensor& images, std::int64_t height, std::int64_t width);

/// Makes the images of a dataset such as a teacher takes them: by its own normalisation, resized to its input, and with
/// grey repeated where it takes colours. The set has to outlive it.
class TeacherImages {
public:
    /// InvalidArgument where the set's images cannot be made into `input` (C x H x W).
    static Result<TeacherImages> make(const ImageSet& set, const Shape& input, const Normalisation& normalisation);

    /// float32, N x `input`.
    HostTensor images(std::span<const std::int64_t> indices) const;
    HostTensor images(std::span<const std::int64_t> indices, const Augmentation& augmentation,
                      const AugmentationDraw& draw) const;

private:
    TeacherImages(const ImageSet& set, const Shape& input, const Normalisation& normalisation);
    HostTensor fitted(const HostTensor& images) const;

    Shape m_input;
    Normalisation m_normalisation;
    bool m_repeatsGrey;
    BatchMaker m_batches;
};

} // namespace lathe
