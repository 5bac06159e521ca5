#include "core/engine/torch/fused/onednn_step.h"

namespace lathe::engine {

std::optional<Made> oneDnnStep(dnnl_status_t status, dnnl_primitive_desc_t desc, const Tensors& kept, const Bind& bind,
                               Workshop& workshop)
{
    if (status != dnnl_success)
        return std::nullopt;
    const auto primitive = std::make_shared<onednn::Primitive>(desc);
    if (primitive->isReference())
        return std::nullopt;
    bind(*primitive);
    primitive->bindScratch(workshop.scratch(primitive->scratchBytes()));
    return Made{[primitive, kept] { primitive->run(); }, primitive->implementation(), 0};
}

} // namespace lathe::engine
