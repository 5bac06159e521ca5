#include "core/analysis/timm_table.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace lathe {

namespace {

using enum ArchitectureType;

struct Family {
    std::string_view prefix;
    ArchitectureType type;
};

/// Beginnings of timm's names, by what their papers say they are; the longest that fits counts. Vit: attention
/// throughout, a stem of convolutions aside. Hybrid: stages or blocks of convolutions beside attention. Mlp: tokens
/// mixed by layers that are neither. What is not listed is a convolutional network (RepViT and ConvNeXt are, by
/// their authors; ConvFormer, ConvMixer, FocalNet and InceptionNeXt mix tokens by convolutions).
constexpr std::array kFamilies = {
    // Vision transformers
    Family{"aimv2", Vit},
    Family{"beit", Vit},
    Family{"cait", Vit},
    Family{"convit", Vit},
    Family{"crossvit", Vit},
    Family{"davit", Vit},
    Family{"deit", Vit},
    Family{"eva", Vit},
    Family{"flexivit", Vit},
    Family{"gcvit", Vit},
    Family{"hiera", Vit},
    Family{"jx_nest", Vit},
    Family{"mvit", Vit},
    Family{"naflexvit", Vit},
    Family{"nest", Vit},
    Family{"pit_", Vit},
    Family{"pvt", Vit},
    Family{"sam2_hiera", Vit},
    Family{"samvit", Vit},
    Family{"simple_vit", Vit},
    Family{"swin", Vit},
    Family{"t2t_vit", Vit},
    Family{"tiny_vit", Vit},
    Family{"tnt", Vit},
    Family{"twins", Vit},
    Family{"vit", Vit},
    Family{"volo", Vit},
    Family{"xcit", Vit},
    // Convolutions and attention
    Family{"bat_", Hybrid},
    Family{"botnet", Hybrid},
    Family{"caformer", Hybrid},
    Family{"cmt_", Hybrid},
    Family{"coat", Hybrid}, // CoaT, CoAtNet, CoAtNeXt
    Family{"eca_botnext", Hybrid},
    Family{"eca_halonext", Hybrid},
    Family{"edgenext", Hybrid},
    Family{"efficientformer", Hybrid},
    Family{"efficientvit", Hybrid},
    Family{"fastvit", Hybrid},
    Family{"halo", Hybrid}, // HaloNet, HaloRegNetZ, Halo2BoTNet
    Family{"lambda", Hybrid},
    Family{"lamhalobotnet", Hybrid},
    Family{"levit", Hybrid},
    Family{"maxvit", Hybrid},
    Family{"maxxvit", Hybrid},
    Family{"mobilenetv4_hybrid", Hybrid},
    Family{"mobilevit", Hybrid},
    Family{"nextvit", Hybrid},
    Family{"sebotnet", Hybrid},
    Family{"sehalonet", Hybrid},
    Family{"shvit", Hybrid},
    Family{"swiftformer", Hybrid},
    Family{"uniformer", Hybrid},
    Family{"visformer", Hybrid},
    Family{"vitamin", Hybrid},
    // Neither
    Family{"as_mlp", Mlp},
    Family{"cycle_mlp", Mlp},
    Family{"cyclemlp", Mlp},
    Family{"gmixer", Mlp},
    Family{"gmlp", Mlp},
    Family{"hire_mlp", Mlp},
    Family{"mixer", Mlp},
    Family{"mlp", Mlp},
    Family{"poolformer", Mlp},
    Family{"resmlp", Mlp},
    Family{"s2_mlp", Mlp},
    Family{"sequencer", Mlp},
    Family{"wave_mlp", Mlp},
};

/// Parts of a ViT's name that say that a convolutional network comes first.
constexpr std::array<std::string_view, 6> kHybridVitMarks = {"_r26_",   "_r50_", "_r_s16_",
                                                             "_resnet", "_mci_", "_hybrid"};

/// Whose weights they are, or what they are for, not what they are.
constexpr std::array<std::string_view, 3> kForewords = {"tf_", "test_", "legacy_"};

std::string lowerCaseFamily(const std::string& model)
{
    std::string name = model.substr(0, model.find('.'));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const std::string_view foreword : kForewords)
        if (name.starts_with(foreword))
            name.erase(0, foreword.size());
    return name;
}

bool isHybridVit(std::string_view name)
{
    return name.starts_with("vit_") && std::any_of(kHybridVitMarks.begin(), kHybridVitMarks.end(),
                                                   [&](auto mark) { return name.find(mark) != name.npos; });
}

} // namespace

ArchitectureType typeFromTimmName(const std::string& model)
{
    const std::string name = lowerCaseFamily(model);
    if (isHybridVit(name))
        return Hybrid;
    Family best{"", Cnn};
    for (const Family& family : kFamilies)
        if (name.starts_with(family.prefix) && family.prefix.size() > best.prefix.size())
            best = family;
    return best.type;
}

} // namespace lathe
