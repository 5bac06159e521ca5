#include "core/distillation/paired_difference.h"

#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "core/base/student_t.h"

namespace lathe {

namespace {

double meanOf(const std::vector<double>& values)
{
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Standard error of the mean.
double standardError(const std::vector<double>& values, double mean)
{
    const double squares = std::accumulate(values.begin(), values.end(), 0.0, [mean](double sum, double value) {
        return sum + (value - mean) * (value - mean);
    });
    const auto n = static_cast<double>(values.size());
    return std::sqrt(squares / (n - 1.0) / n);
}

} // namespace

Result<PairedDifference> pairedDifference(const std::vector<double>& control, const std::vector<double>& treated)
{
    if (control.empty() || control.size() != treated.size())
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} runs without the teacher and {} with it are no pairs; train both with each seed.",
                                control.size(), treated.size()));
    std::vector<double> differences;
    for (std::size_t i = 0; i < control.size(); ++i)
        differences.push_back(treated[i] - control[i]);
    PairedDifference found{meanOf(differences), {}};
    if (differences.size() > 1) {
        const double reach = stats::studentQuantile(0.975, static_cast<double>(differences.size() - 1)) *
                             standardError(differences, found.mean);
        found.interval = stats::Interval{found.mean - reach, found.mean + reach};
    }
    return found;
}

TeacherVerdict verdictOf(const PairedDifference& difference)
{
    if (!difference.interval)
        return TeacherVerdict::Unknown;
    if (difference.interval->low > 0.0)
        return TeacherVerdict::Improved;
    return difference.interval->high < 0.0 ? TeacherVerdict::Worsened : TeacherVerdict::NoneShown;
}

std::string_view name(TeacherVerdict verdict)
{
    switch (verdict) {
    case TeacherVerdict::Improved:
        return "improvement";
    case TeacherVerdict::Worsened:
        return "worse";
    case TeacherVerdict::NoneShown:
        return "no improvement shown";
    case TeacherVerdict::Unknown:
        return "one seed tells nothing";
    }
    return {};
}

} // namespace lathe
