#include "core/quantization/speed_reasons.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "core/analysis/significant.h"
#include "core/benchmark/instructions.h"

namespace lathe {

namespace {

constexpr const char* kDepthwise = "depthwise convolution";
constexpr double kWorthSaying = 0.03; ///< share of the time from which on a part is told
constexpr double kSmallStepMs = 0.02; ///< below which starting a kernel takes much of its time
constexpr double kManySmall = 0.25;   ///< share of time in such steps from which on they are told
constexpr double kFaster = 1.05;
constexpr double kPromisedBytes = 4.0; ///< float32 to int8

std::string kindOf(const Node& node)
{
    const auto* conv = std::get_if<op::Conv2d>(&node.operation);
    if (conv == nullptr)
        return "linear layer";
    if (conv->groups == 1)
        return conv->kernel == op::Size2{1, 1} ? "1x1 convolution" : "dense convolution";
    return conv->groups == conv->inChannels ? kDepthwise : "grouped convolution";
}

/// "1 linear layer", "2 linear layers".
std::string counted(int count, const std::string& what)
{
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string ms(double value)
{
    return formatSignificant(value) + " ms";
}

std::string percent(double part, double whole)
{
    return fmt::format("{:.0f} %", whole > 0.0 ? 100.0 * part / whole : 0.0);
}

std::string head(const SpeedReport& r)
{
    if (r.speedUp() >= kFaster)
        return fmt::format(
            "Taken apart into steps it is {:.2f} times as fast as the fused float32 network: {} instead of {} for a "
            "batch of {}.",
            r.speedUp(), ms(r.quantizedMs), ms(r.floatMs), r.batch);
    if (r.speedUp() > 1.0 / kFaster)
        return fmt::format(
            "Taken apart into steps it did not get faster: {}, and {} in fused float32, for a batch of {}.",
            ms(r.quantizedMs), ms(r.floatMs), r.batch);
    return fmt::format("Taken apart into steps it got slower: {} instead of {} in fused float32, for a batch of {}.",
                       ms(r.quantizedMs), ms(r.floatMs), r.batch);
}

std::string partSentence(const SpeedPart& part, double floatMs)
{
    const bool one = part.layers == 1;
    std::string result;
    if (part.ratio() >= kFaster)
        result = fmt::format("{} {:.2f} times as fast in int8", one ? "is" : "are", part.ratio());
    else if (part.ratio() > 1.0 / kFaster)
        result = fmt::format("{} as fast in int8 as in float", one ? "is" : "are");
    else
        result =
            fmt::format("{} {:.2f} times as long in int8", one ? "takes" : "take", 1.0 / std::max(part.ratio(), 1e-9));
    return fmt::format("{} {} ({} instead of {}); in float {} {} of the time.", counted(part.layers, part.what), result,
                       ms(part.quantizedMs), ms(part.floatMs), one ? "it was" : "they were",
                       percent(part.floatMs, floatMs));
}

std::string depthwiseSentence()
{
    return "A depthwise convolution reads each value for a few multiplications only, so that integers save it memory "
           "traffic but hardly any arithmetic.";
}

std::string instructionSentence(const std::string& instructionSets)
{
    return multipliesBytesExactly(instructionSets)
               ? "This CPU has VNNI: one instruction multiplies and adds four times as many bytes as it does float32."
               : "This CPU has no VNNI: a product of bytes takes three instructions, so that int8 can be little more "
                 "than 1.3 times as fast in arithmetic, and weights use 7 bits.";
}

/// Of the network's time in steps too short for arithmetic to matter.
double smallShare(const std::vector<TimedStep>& steps, double total)
{
    double small = 0.0;
    for (const TimedStep& step : steps)
        if (1e3 * step.seconds < kSmallStepMs)
            small += 1e3 * step.seconds;
    return total > 0.0 ? small / total : 0.0;
}

class Report {
public:
    Report(const QuantizationOutcome& outcome, const Savings& savings, std::string instructionSets)
        : m_outcome(outcome), m_savings(savings)
    {
        m_report.instructionSets = std::move(instructionSets);
        m_report.batch = savings.batch;
        m_report.floatMs = savings.floatMs;
        m_report.quantizedMs = savings.quantizedMs;
        m_report.inFloat.what = "operation in float";
        m_report.kept.what = "operation without weights on integers";
    }

    SpeedReport make()
    {
        addQuantizedSteps();
        addFloatSteps();
        for (auto& [kind, part] : m_parts)
            m_report.quantized.push_back(part);
        std::sort(m_report.quantized.begin(), m_report.quantized.end(),
                  [](const SpeedPart& a, const SpeedPart& b) { return a.floatMs > b.floatMs; });
        for (const LayerSaving& layer : m_savings.layers)
            if (layer.saved() < 0.0)
                m_report.slower.push_back(layer);
        std::sort(m_report.slower.begin(), m_report.slower.end(),
                  [](const LayerSaving& a, const LayerSaving& b) { return a.saved() < b.saved(); });
        m_report.smallShare = smallShare(m_savings.quantizedSteps, m_savings.quantizedMs);
        m_report.floatBytes = bytesMoved(m_outcome, m_savings.floatSteps, true);
        m_report.quantizedBytes = bytesMoved(m_outcome, m_savings.quantizedSteps, false);
        return std::move(m_report);
    }

private:
    bool isQuantized(NodeId node) const { return m_outcome.model.quantization->layer(node).weight.has_value(); }

    SpeedPart& partOf(NodeId node)
    {
        const std::string kind = kindOf(m_outcome.model.graph.node(node));
        SpeedPart& part = m_parts[kind];
        part.what = kind;
        return part;
    }

    void addQuantizedSteps()
    {
        const DataPath path = dataPath(m_outcome, m_savings.quantizedSteps);
        m_report.conversions = path.quantizations + path.dequantizations;
        m_report.conversionMs = path.conversionMs;
        for (const PathStep& step : path.steps) {
            if (step.kind == StepKind::Quantize || step.kind == StepKind::Dequantize)
                continue;
            SpeedPart& part = isQuantized(step.node)            ? partOf(step.node)
                              : step.kind == StepKind::Integers ? m_report.kept
                                                                : m_report.inFloat;
            part.quantizedMs += step.milliseconds;
            if (m_counted.insert(step.node).second)
                ++part.layers;
            if (!isQuantized(step.node) && step.kind == StepKind::Integers)
                m_kept.insert(step.node);
        }
    }

    void addFloatSteps()
    {
        for (const TimedStep& step : m_savings.floatSteps) {
            SpeedPart& part = isQuantized(step.node)       ? partOf(step.node)
                              : m_kept.contains(step.node) ? m_report.kept
                                                           : m_report.inFloat;
            part.floatMs += 1e3 * step.seconds;
        }
    }

    const QuantizationOutcome& m_outcome;
    const Savings& m_savings;
    SpeedReport m_report;
    std::map<std::string, SpeedPart> m_parts;
    std::set<NodeId> m_counted;
    std::set<NodeId> m_kept;
};

} // namespace

double SpeedReport::ceiling() const
{
    double quantizedParts = 0.0;
    for (const SpeedPart& part : quantized)
        quantizedParts += part.quantizedMs;
    const double rest = quantizedMs - quantizedParts;
    return rest > 0.0 ? floatMs / rest : 0.0;
}

SpeedReport speedReport(const QuantizationOutcome& outcome, const Savings& savings, std::string instructionSets)
{
    return Report(outcome, savings, std::move(instructionSets)).make();
}

std::vector<std::string> speedSentences(const SpeedReport& r, const QuantizationOutcome& outcome)
{
    std::vector<std::string> sentences{head(r)};
    for (const SpeedPart& part : r.quantized)
        if (part.floatMs >= kWorthSaying * r.floatMs) {
            sentences.push_back(partSentence(part, r.floatMs));
            if (part.what == kDepthwise)
                sentences.back() += " " + depthwiseSentence();
        }
    if (r.inFloat.quantizedMs >= kWorthSaying * r.quantizedMs)
        sentences.push_back(fmt::format("{} {} {}, {} of its time. Even if int8 layers took no time at all it would be "
                                        "at most {:.1f} times as fast.",
                                        counted(r.inFloat.layers, "operation"),
                                        r.inFloat.layers == 1 ? "works in float and takes" : "work in float and take",
                                        ms(r.inFloat.quantizedMs), percent(r.inFloat.quantizedMs, r.quantizedMs),
                                        r.ceiling()));
    if (r.conversionMs >= kWorthSaying * r.quantizedMs)
        sentences.push_back(fmt::format("{} between float and integers {} {}, {} of its time.",
                                        counted(r.conversions, "conversion"), r.conversions == 1 ? "takes" : "take",
                                        ms(r.conversionMs), percent(r.conversionMs, r.quantizedMs)));
    if (r.smallShare >= kManySmall)
        sentences.push_back(fmt::format("{:.0f} % of its time goes into steps of less than {:.0f} µs, where starting a "
                                        "kernel takes about as long as its arithmetic; a larger batch makes them count "
                                        "less.",
                                        100.0 * r.smallShare, 1e3 * kSmallStepMs));
    if (!r.slower.empty())
        sentences.push_back(fmt::format("{} {} longer than in float, {} the most ({} instead of {}).",
                                        counted(static_cast<int>(r.slower.size()), "layer"),
                                        r.slower.size() == 1 ? "takes" : "take",
                                        outcome.model.graph.node(r.slower.front().node).name,
                                        ms(r.slower.front().quantizedMs), ms(r.slower.front().floatMs)));
    if (r.floatBytes > 0 && r.quantizedBytes > 0)
        sentences.push_back(fmt::format(
            "It moves {} instead of {}: {:.1f} times less, where {:.0f} times is what "
            "8 bits instead of 32 promise.",
            formatBytes(static_cast<double>(r.quantizedBytes)), formatBytes(static_cast<double>(r.floatBytes)),
            static_cast<double>(r.floatBytes) / static_cast<double>(r.quantizedBytes), kPromisedBytes));
    sentences.push_back(instructionSentence(r.instructionSets));
    return sentences;
}

} // namespace lathe
