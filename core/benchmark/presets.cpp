#include "core/benchmark/presets.h"

namespace lathe {

namespace {

Preset quickStart()
{
    Preset preset{
        "Quick start",
        "Four well-known networks, one image at a time, from a tiny one of 1998 to a vision transformer: enough "
        "for a first plot, in less than a minute.",
        {}};
    preset.setup.models = {"lenet", "mobilenet_v2", "resnet18", "vit_b_32"};
    preset.setup.batches = {1};
    preset.setup.maxSeconds = 8.0;
    return preset;
}

/// The experiment this workbench was first asked for.
Setup threeArchitectures()
{
    Setup setup;
    setup.models = {"efficientnet_b5", "resnet50", "swin_v2_t"};
    setup.inputs = {{3, 256, 256}};
    return setup;
}

Preset large()
{
    Preset preset{"Three architectures of 20 to 30 M parameters",
                  "Equal in size, unlike in speed: EfficientNet-B5, ResNet-50 and Swin V2-T on images of 256 x 256, a "
                  "hundred at a time, on all cores. It takes several minutes and gigabytes of memory.",
                  threeArchitectures()};
    preset.setup.batches = {100};
    preset.setup.maxSeconds = 180.0;
    return preset;
}

Preset smallBatch()
{
    Preset preset{"Three architectures of 20 to 30 M parameters, small batch",
                  "The same three networks, four images at a time: for small machines, in about a minute.",
                  threeArchitectures()};
    preset.setup.batches = {4};
    preset.setup.maxSeconds = 20.0;
    return preset;
}

} // namespace

const std::vector<Preset>& presets()
{
    static const std::vector<Preset> all{quickStart(), large(), smallBatch()};
    return all;
}

} // namespace lathe
