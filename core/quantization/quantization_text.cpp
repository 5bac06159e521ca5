#include "core/quantization/quantization_text.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/analysis/significant.h"

namespace lathe {

namespace {

std::string figureText(float value)
{
    return lathe::figureText(static_cast<double>(value));
}

/// In brackets where a sign would meet another.
std::string inFormula(double value)
{
    return value < 0.0 ? fmt::format("({})", lathe::figureText(value)) : lathe::figureText(value);
}

std::string inFormula(float value)
{
    return inFormula(static_cast<double>(value));
}

std::string whole(int value)
{
    return value < 0 ? fmt::format("−{}", -value) : fmt::format("{}", value);
}

std::string wholeInFormula(int value)
{
    return value < 0 ? fmt::format("({})", whole(value)) : whole(value);
}

std::string integersText(const QuantizationView& view)
{
    const QuantizationParameters& p = view.part.parameters;
    return fmt::format("Integers: {}, so {} of them, from {} to {}.", formatText(view.choice.format),
                       p.integers.count(), whole(p.integers.low), whole(p.integers.high));
}

std::string rangeText(const QuantizationView& view)
{
    const ValueRange& range = view.part.range;
    const bool widened = range.low > 0.0F || range.high < 0.0F;
    return fmt::format("Range by {}: from {} to {}{}.", name(view.choice.observer.kind), figureText(range.low),
                       figureText(range.high), widened ? ", widened to hold 0, which must have an integer" : "");
}

std::string symmetricScaleText(const QuantizationView& view)
{
    const QuantizationParameters& p = view.part.parameters;
    const double reach = std::max(std::abs(static_cast<double>(view.part.range.low)),
                                  std::abs(static_cast<double>(view.part.range.high)));
    return fmt::format("Scale: s = max(|low|, |high|) / {} = {} / {} = {}; zero point: z = {}, in the middle.",
                       p.integers.high - p.zeroPoint, lathe::figureText(reach), p.integers.high - p.zeroPoint,
                       figureText(p.scale), whole(p.zeroPoint));
}

std::string affineScaleText(const QuantizationView& view)
{
    const QuantizationParameters& p = view.part.parameters;
    const float low = std::min(view.part.range.low, 0.0F), high = std::max(view.part.range.high, 0.0F);
    return fmt::format(
        "Scale: s = (high − low) / {0} = ({1} − {2}) / {0} = {3}. Zero point: z = {4} − round(low / s) = "
        "{4} − round({5} / {3}) = {6}.",
        p.integers.count() - 1, figureText(high), inFormula(low), figureText(p.scale), whole(p.integers.low),
        figureText(low), whole(p.zeroPoint));
}

std::string scaleText(const QuantizationView& view)
{
    if (view.part.range.low == 0.0F && view.part.range.high == 0.0F)
        return fmt::format("Every value is 0: s = 1 and z = {} do for that.", whole(view.part.parameters.zeroPoint));
    return view.choice.format.isSymmetric ? symmetricScaleText(view) : affineScaleText(view);
}

bool isInside(const QuantizedValue& value, const QuantizationParameters& p)
{
    return value.x != 0.0F && value.x >= p.lowest() && value.x <= p.highest();
}

/// The first value that is neither 0 nor clipped; else the first.
const QuantizedValue* exampleOf(const QuantizedPart& part)
{
    const auto found = std::find_if(part.first.begin(), part.first.end(),
                                    [&](const QuantizedValue& value) { return isInside(value, part.parameters); });
    if (found != part.first.end())
        return &*found;
    return part.first.empty() ? nullptr : &part.first.front();
}

std::vector<std::string> exampleTexts(const QuantizationView& view)
{
    const QuantizedValue* value = exampleOf(view.part);
    if (value == nullptr)
        return {};
    const QuantizationParameters& p = view.part.parameters;
    const std::string x = figureText(value->x), s = figureText(p.scale);
    return {fmt::format("Quantize: x_int = clamp(round(x / s + z), {}, {}). Of x = {}: round({} / {} + {}) gives {}.",
                        whole(p.integers.low), whole(p.integers.high), x, x, s, wholeInFormula(p.zeroPoint),
                        whole(value->integer)),
            fmt::format("Dequantize: x_hat = s (x_int − z) = {} × ({} − {}) = {}; the error is x_hat − x = {}.", s,
                        whole(value->integer), wholeInFormula(p.zeroPoint), figureText(value->rounded),
                        lathe::figureText(value->error(), 3))};
}

std::string roundingText(const QuantizationView& view)
{
    const QuantizationError& error = view.part.error;
    const auto s = static_cast<double>(view.part.parameters.scale);
    return fmt::format("Rounding: each error is at most s / 2 = {}; their squares add {} to the mean square (errors "
                       "spread evenly over a step give s² / 12 = {}).",
                       lathe::figureText(s / 2.0, 3), lathe::figureText(error.roundingMeanSquared(), 3),
                       lathe::figureText(s * s / 12.0, 3));
}

std::string clippingText(const QuantizationView& view)
{
    const QuantizationError& error = view.part.error;
    const QuantizationParameters& p = view.part.parameters;
    const std::string ends = fmt::format("{} to {}", figureText(p.lowest()), figureText(p.highest()));
    if (error.clipped == 0)
        return fmt::format("Clipping: none; every value is within half a step of {}, what the integers reach.", ends);
    return fmt::format(
        "Clipping: {} of {} values ({} %) lie more than half a step outside {}, what the integers reach; "
        "their squared errors add {} to the mean square, {} % of it.",
        error.clipped, error.count, lathe::figureText(100.0 * error.clippedShare(), 2), ends,
        lathe::figureText(error.clippingMeanSquared(), 3),
        lathe::figureText(100.0 * error.clippingMeanSquared() / error.meanSquared(), 2));
}

std::string sqnrText(const QuantizationView& view)
{
    const QuantizationError& error = view.part.error;
    if (error.meanSquared() <= 0.0)
        return "Signal to quantization noise: there is no noise, all values lie on the grid.";
    return fmt::format(
        "Signal to quantization noise: 10 log10(mean of x² / mean of (x_hat − x)²) = 10 log10({} / {}) = {} "
        "dB. Largest error {}, mean error {}.",
        lathe::figureText(error.signalSquares / static_cast<double>(error.count), 3),
        lathe::figureText(error.meanSquared(), 3), lathe::figureText(error.sqnrDb(), 3),
        lathe::figureText(error.largest, 3), lathe::figureText(error.mean(), 2));
}

std::string bytesText(const QuantizationView& view)
{
    const std::int64_t values = view.grids.partition.elements(), parts = view.grids.partition.parts();
    const std::int64_t bytes = quantizedBytes(view.grids, view.choice.format);
    return fmt::format("Bytes: {} values × {} bits / 8 + {} × {} for {} = {}; as float32 4 × {} = {}.", values,
                       view.choice.format.bits, parts, view.choice.format.isSymmetric ? 4 : 5,
                       view.choice.format.isSymmetric ? "s" : "s and z", bytes, values, 4 * values);
}

} // namespace

std::string figureText(double value, int digits)
{
    const std::string text = formatSignificant(std::abs(value), digits);
    return value < 0.0 && text != "0" ? "−" + text : text;
}

std::string partText(const QuantizationView& view)
{
    const std::int64_t parts = view.grids.partition.parts();
    if (view.choice.granularity.kind == Granularity::Kind::PerTensor)
        return "the whole tensor";
    return fmt::format("{} {} of {}",
                       view.choice.granularity.kind == Granularity::Kind::PerChannel ? "channel" : "group",
                       view.part.part + 1, parts);
}

std::string quantizationSummary(const QuantizationView& view)
{
    const std::int64_t bytes = quantizedBytes(view.grids, view.choice.format);
    const auto whole = static_cast<double>(4 * view.grids.partition.elements());
    const std::string sqnr = view.error.meanSquared() > 0.0
                                 ? fmt::format("SQNR {} dB", lathe::figureText(view.error.sqnrDb(), 3))
                                 : std::string("No error at all");
    return fmt::format("{}, largest error {}, {} % clipped; {} instead of {} ({} %).", sqnr,
                       lathe::figureText(view.error.largest, 3),
                       lathe::figureText(100.0 * view.error.clippedShare(), 2), formatBytes(static_cast<double>(bytes)),
                       formatBytes(whole), lathe::figureText(100.0 * static_cast<double>(bytes) / whole, 3));
}

std::vector<std::string> quantizationFormulas(const QuantizationView& view)
{
    std::vector<std::string> sentences{integersText(view), rangeText(view), scaleText(view)};
    for (std::string& sentence : exampleTexts(view))
        sentences.push_back(std::move(sentence));
    for (std::string sentence : {roundingText(view), clippingText(view), sqnrText(view), bytesText(view)})
        sentences.push_back(std::move(sentence));
    return sentences;
}

} // namespace lathe
