#include <algorithm>
#include <cctype>
#include <cmath>

#include <fmt/format.h>

#include "core/analysis/series.h"
#include "core/analysis/significant.h"
#include "core/analysis/trend_report.h"
#include "core/base/words.h"

namespace lathe {

namespace {

/// "25 M parameters", "4.1 GMACs".
std::string sizeText(double size, Quantity x)
{
    const std::string number = formatSignificant(size, 2);
    return x == Quantity::Params ? fmt::format("{} M parameters", number) : fmt::format("{} {}", number, unitName(x));
}

/// "a CNN", "an MLP".
std::string oneOf(const std::string& type)
{
    return fmt::format("{} {}", type == "mlp" ? "an" : "a", typeTitle(type));
}

std::string capital(std::string sentence)
{
    sentence.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(sentence.front())));
    return sentence;
}

bool hasTrend(const PowerLaw& law)
{
    return law.exponentLow > 0.0 || law.exponentHigh < 0.0;
}

std::string figuresOf(const PowerLaw& law)
{
    return fmt::format("{} to {}; R² {:.2f}, {} networks", formatFixed(law.exponentLow, 2),
                       formatFixed(law.exponentHigh, 2), law.rSquared, law.points);
}

/// Time over MACs: what the exponent says of the work done in a second.
std::string proportionText(const PowerLaw& law, Quantity y)
{
    const double one = smallerIsBetter(y) ? 1.0 : -1.0;
    const double sign = one; // the exponent of time, whichever figure it is
    const double low = std::min(sign * law.exponentLow, sign * law.exponentHigh);
    const double high = std::max(sign * law.exponentLow, sign * law.exponentHigh);
    const std::string_view verdict = high < 1.0  ? "larger networks do more MACs a second"
                                     : low > 1.0 ? "larger networks do fewer MACs a second"
                                                 : "which the interval allows";
    return fmt::format("; if time went with MACs alone it would be {}: {}", formatFixed(one, 2), verdict);
}

std::string lawSentence(const TypeLaw& law, const TrendReport& report)
{
    const std::string type = typeTitle(law.type);
    if (!hasTrend(law.law))
        return fmt::format("Not shown: that {} depends on {} among the {} {} networks (exponent {}, {} to {}).",
                           quantityWord(report.y), quantityWord(report.x), law.law.points, type,
                           formatFixed(law.law.exponent, 2), formatFixed(law.law.exponentLow, 2),
                           formatFixed(law.law.exponentHigh, 2));
    const std::string rest =
        report.x == Quantity::Macs
            ? proportionText(law.law, report.y)
            : fmt::format("; twice the {} means {} times the {}", quantityWord(report.x),
                          formatSignificant(std::exp2(law.law.exponent), 2), quantityWord(report.y));
    return fmt::format("{}: {}{}.", type, lawText(law, report.x, report.y), rest);
}

std::string comparisonSentence(const LawComparison& comparison, const TrendReport& report)
{
    const std::string first = oneOf(comparison.first);
    const std::string second = oneOf(comparison.second);
    const std::string size = sizeText(comparison.at, report.x);
    if (!comparison.shown())
        return fmt::format("Not shown: whether {} or {} of {} is faster here (the ratio of {} is {} to {}).", first,
                           second, size, quantityWord(report.y), formatSignificant(comparison.low, 2),
                           formatSignificant(comparison.high, 2));
    const bool firstIsFaster = (comparison.ratio > 1.0) != smallerIsBetter(report.y);
    const bool turned = comparison.ratio < 1.0;
    return fmt::format(
        "{} of {} is {} times as fast here as {} of the same size ({} to {}).", capital(firstIsFaster ? first : second),
        size, formatSignificant(turned ? 1.0 / comparison.ratio : comparison.ratio, 2), firstIsFaster ? second : first,
        formatSignificant(turned ? 1.0 / comparison.high : comparison.low, 2),
        formatSignificant(turned ? 1.0 / comparison.low : comparison.high, 2));
}

void tellUnusual(std::vector<std::string>& sentences, const TypeLaw& law, const TrendReport& report)
{
    for (const Residual& residual : law.residuals) {
        if (!residual.unusual)
            continue;
        const double speed = speedFactor(residual, report.y);
        sentences.push_back(fmt::format("{} is unusually {} for its {}: {} times as fast as the law of the {} {} "
                                        "networks here says.",
                                        report.points[residual.point].name, speed > 1.0 ? "fast" : "slow",
                                        quantityWord(report.x), formatSignificant(speed, 2), law.law.points,
                                        typeTitle(law.type)));
    }
}

} // namespace

std::string lawText(const TypeLaw& law, Quantity x, Quantity y)
{
    return fmt::format("{} {} as {}^{} ({})", quantityWord(y), law.law.exponent < 0.0 ? "falls" : "grows",
                       quantityWord(x), formatFixed(law.law.exponent, 2), figuresOf(law.law));
}

std::vector<std::string> trendSentences(const TrendReport& report)
{
    std::vector<std::string> shown, notShown;
    for (const TypeLaw& law : report.laws)
        (hasTrend(law.law) ? shown : notShown).push_back(lawSentence(law, report));
    for (const LawComparison& comparison : report.comparisons)
        (comparison.shown() ? shown : notShown).push_back(comparisonSentence(comparison, report));
    for (const TypeLaw& law : report.laws)
        tellUnusual(shown, law, report);
    shown.insert(shown.end(), notShown.begin(), notShown.end());
    std::vector<std::string> types;
    for (const std::string& type : report.withoutLaw)
        types.push_back(typeTitle(type));
    if (!types.empty())
        shown.push_back(fmt::format("Too few networks for a law: {}; measure three or more of a type, of unlike sizes.",
                                    listText(types)));
    return shown;
}

} // namespace lathe
