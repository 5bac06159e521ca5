#include "core/benchmark/presets.h"

#include <fmt/format.h>

namespace lathe {

namespace {

Preset quickStart()
{
    Preset preset{
        "quick-start",
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
    Preset preset{"three-architectures", "Three architectures of 20 to 30 M parameters",
                  "Equal in size, unlike in speed: EfficientNet-B5, ResNet-50 and Swin V2-T on images of 256 x 256, a "
                  "hundred at a time, on all cores. It takes several minutes and gigabytes of memory.",
                  threeArchitectures()};
    preset.setup.batches = {100};
    preset.setup.maxSeconds = 180.0;
    return preset;
}

Preset smallBatch()
{
    Preset preset{"three-architectures-small", "Three architectures of 20 to 30 M parameters, small batch",
                  "The same three networks, four images at a time: for small machines, in about a minute.",
                  threeArchitectures()};
    preset.setup.batches = {4};
    preset.setup.maxSeconds = 20.0;
    return preset;
}

Preset distilBert()
{
    Preset preset{
        "distilbert",
        "BERT and DistilBERT",
        "Is the distilled network 40 % smaller and 60 % faster, as its authors published? Both on 128 tokens, "
        "one sample at a time; “Compare” then runs the two in turns. In about a minute.",
        {}};
    preset.setup.models = {"bert_base_uncased", "distilbert_base_uncased"};
    preset.setup.inputs = {{128}};
    preset.setup.batches = {1};
    preset.setup.maxSeconds = 20.0;
    return preset;
}

} // namespace

const std::vector<Preset>& presets()
{
    static const std::vector<Preset> all{quickStart(), large(), smallBatch(), distilBert()};
    return all;
}

Result<Preset> findPreset(const std::string& key)
{
    std::string keys;
    for (const Preset& preset : presets()) {
        if (preset.key == key)
            return preset;
        keys.append(keys.empty() ? "" : ", ").append(preset.key);
    }
    return fail(ErrorCode::NotFound, fmt::format("There is no preset named \"{}\"; there are {}.", key, keys));
}

} // namespace lathe
