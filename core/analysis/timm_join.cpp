#include "core/analysis/timm_join.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "core/analysis/significant.h"

namespace lathe {

namespace {

struct Equivalent {
    std::string_view ours; ///< torchvision's name
    std::string_view timms;
};

/// The same networks under other names. Where torchvision's RegNets differ from the paper's in rounded widths, timm
/// holds them as "_tv". GoogLeNet, AlexNet, SqueezeNet, ShuffleNetV2 and MNASNet 1.3 are not in timm.
constexpr std::array kEquivalents = {
    Equivalent{"efficientnet_v2_s", "efficientnetv2_s"},
    Equivalent{"efficientnet_v2_s", "tf_efficientnetv2_s"},
    Equivalent{"efficientnet_v2_m", "efficientnetv2_m"},
    Equivalent{"efficientnet_v2_m", "tf_efficientnetv2_m"},
    Equivalent{"efficientnet_v2_l", "efficientnetv2_l"},
    Equivalent{"efficientnet_v2_l", "tf_efficientnetv2_l"},
    Equivalent{"maxvit_t", "maxvit_tiny_tf_224"},
    Equivalent{"mnasnet0_5", "mnasnet_050"},
    Equivalent{"mnasnet0_75", "mnasnet_075"},
    Equivalent{"mnasnet1_0", "mnasnet_100"},
    Equivalent{"mobilenet_v2", "mobilenetv2_100"},
    Equivalent{"mobilenet_v3_large", "mobilenetv3_large_100"},
    Equivalent{"mobilenet_v3_large", "tf_mobilenetv3_large_100"},
    Equivalent{"mobilenet_v3_small", "mobilenetv3_small_100"},
    Equivalent{"mobilenet_v3_small", "tf_mobilenetv3_small_100"},
    Equivalent{"regnet_x_400mf", "regnetx_004_tv"},
    Equivalent{"regnet_x_400mf", "regnetx_004"},
    Equivalent{"regnet_x_800mf", "regnetx_008"},
    Equivalent{"regnet_x_1_6gf", "regnetx_016"},
    Equivalent{"regnet_x_3_2gf", "regnetx_032"},
    Equivalent{"regnet_x_8gf", "regnetx_080"},
    Equivalent{"regnet_x_16gf", "regnetx_160"},
    Equivalent{"regnet_x_32gf", "regnetx_320"},
    Equivalent{"regnet_y_400mf", "regnety_004"},
    Equivalent{"regnet_y_800mf", "regnety_008_tv"},
    Equivalent{"regnet_y_800mf", "regnety_008"},
    Equivalent{"regnet_y_1_6gf", "regnety_016"},
    Equivalent{"regnet_y_3_2gf", "regnety_032"},
    Equivalent{"regnet_y_8gf", "regnety_080_tv"},
    Equivalent{"regnet_y_8gf", "regnety_080"},
    Equivalent{"regnet_y_16gf", "regnety_160"},
    Equivalent{"regnet_y_32gf", "regnety_320"},
    Equivalent{"regnet_y_128gf", "regnety_1280"},
    Equivalent{"swin_t", "swin_tiny_patch4_window7_224"},
    Equivalent{"swin_s", "swin_small_patch4_window7_224"},
    Equivalent{"swin_b", "swin_base_patch4_window7_224"},
    Equivalent{"swin_v2_t", "swinv2_tiny_window8_256"},
    Equivalent{"swin_v2_s", "swinv2_small_window8_256"},
    Equivalent{"swin_v2_b", "swinv2_base_window8_256"},
    Equivalent{"vit_b_16", "vit_base_patch16_224"},
    Equivalent{"vit_b_32", "vit_base_patch32_224"},
    Equivalent{"vit_l_16", "vit_large_patch16_224"},
    Equivalent{"vit_l_32", "vit_large_patch32_224"},
    Equivalent{"vit_h_14", "vit_huge_patch14_224"},
};

/// Without the tag of its weights: "resnet50.a1_in1k" -> "resnet50".
std::string_view architectureOf(std::string_view model)
{
    return model.substr(0, model.find('.'));
}

bool sameInput(const TimmRow& row, const Record& record)
{
    const Shape& input = record.configuration.input;
    // A table may hold any number: one that no integer can hold must not be made one.
    const auto isSide = [&](std::int64_t side) { return static_cast<double>(side) == row.imageSize; };
    return input.size() == 3 && input[0] == 3 && isSide(input[1]) && isSide(input[2]);
}

bool sameParameters(const TimmRow& row, const Record& record)
{
    constexpr double kAlike = 0.01;
    const double millions = static_cast<double>(record.params) / 1e6;
    return row.paramsMillions && std::abs(*row.paramsMillions - millions) <= kAlike * millions;
}

std::optional<std::size_t> rowOf(const TimmTable& table, const Record& record)
{
    for (const std::string& name : timmNames(record.configuration.model)) {
        const auto found = std::find_if(table.rows.begin(), table.rows.end(), [&](const TimmRow& row) {
            return architectureOf(row.model) == name && sameInput(row, record) && sameParameters(row, record);
        });
        if (found != table.rows.end())
            return static_cast<std::size_t>(found - table.rows.begin());
    }
    return std::nullopt;
}

} // namespace

std::optional<double> timmFigure(const TimmRow& row, Quantity quantity)
{
    switch (quantity) {
    case Quantity::Params:
        return row.paramsMillions;
    case Quantity::Macs:
        return row.gmacs;
    case Quantity::Latency:
        return row.stepMs;
    case Quantity::Throughput:
        return row.throughput;
    case Quantity::Top1:
        return row.top1 ? std::optional(*row.top1 * 100.0) : std::nullopt;
    case Quantity::ActivationBytes:
    case Quantity::FileSize:
    case Quantity::PeakMemory:
        return std::nullopt;
    }
    return std::nullopt;
}

std::vector<std::string> timmNames(std::string_view architecture)
{
    std::vector<std::string> names;
    for (const Equivalent& equivalent : kEquivalents)
        if (equivalent.ours == architecture)
            names.emplace_back(equivalent.timms);
    if (names.empty())
        names.emplace_back(architecture);
    if (architecture.starts_with("efficientnet_b"))
        names.push_back(fmt::format("tf_{}", architecture));
    return names;
}

std::vector<TimmPair> joinTimm(const TimmTable& table, const std::vector<Record>& records,
                               const std::vector<std::size_t>& chosen, Quantity quantity)
{
    std::vector<TimmPair> pairs;
    for (const std::size_t i : chosen) {
        const auto here = measure(records[i], quantity);
        const auto row = rowOf(table, records[i]);
        const auto there = row ? timmFigure(table.rows[*row], quantity) : std::nullopt;
        if (here && there)
            pairs.push_back({i, *row, here->value, *there});
    }
    return pairs;
}

std::string shortTableName(std::string_view table)
{
    for (const std::string_view shared : {"benchmark-", "infer-"})
        if (table.starts_with(shared))
            table.remove_prefix(shared.size());
    return std::string(table);
}

std::optional<RankCorrelation> orderAgreement(const std::vector<TimmPair>& pairs)
{
    std::vector<double> here, there;
    for (const TimmPair& pair : pairs) {
        here.push_back(pair.here);
        there.push_back(pair.there);
    }
    return spearman(here, there);
}

std::string orderSentence(const TimmTable& table, const std::vector<TimmPair>& pairs, Quantity quantity)
{
    const std::string name = shortTableName(table.name);
    const auto agreement = orderAgreement(pairs);
    if (!agreement)
        return fmt::format("{} of the networks measured here {} in the table {} at the same input size; five are "
                           "needed to compare the order.",
                           pairs.empty() ? "None" : fmt::format("{}", pairs.size()), pairs.size() == 1 ? "is" : "are",
                           name);
    return fmt::format("The order of {} networks by {} on {} and here: Spearman's rank correlation {} ({} to {}).",
                       agreement->pairs, quantityWord(quantity), name, formatFixed(agreement->rho, 2),
                       formatFixed(agreement->low, 2), formatFixed(agreement->high, 2));
}

} // namespace lathe
