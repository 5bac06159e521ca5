#include "core/benchmark/warmup.h"

#include <algorithm>
#include <vector>

#include "core/base/statistics.h"

namespace lathe {

namespace {

constexpr std::size_t kLeastWindow = 5; ///< inferences
constexpr double kStillFalling = 0.02;  ///< of the median, from one window to the next

/// Clocks take some time to rise however short an inference is.
constexpr double kLeastShare = 0.05;

std::size_t windowOf(const std::vector<double>& seconds)
{
    return std::max(kLeastWindow, seconds.size() / 4);
}

double medianBefore(const std::vector<double>& seconds, std::size_t back, std::size_t window)
{
    const auto end = seconds.end() - static_cast<std::ptrdiff_t>(back);
    return stats::median({end - static_cast<std::ptrdiff_t>(window), end});
}

bool isSteady(const std::vector<double>& seconds)
{
    const std::size_t window = windowOf(seconds);
    if (seconds.size() < 2 * window)
        return false;
    const double earlier = medianBefore(seconds, window, window);
    return medianBefore(seconds, 0, window) >= (1.0 - kStillFalling) * earlier;
}

} // namespace

Result<WarmUp> warmUp(const std::function<Result<void>()>& inference, double maxSeconds, const Probe& probe,
                      std::stop_token stop)
{
    const double begin = probe.seconds();
    std::vector<double> seconds;
    std::size_t nextLook = 2 * kLeastWindow;
    for (double now = begin;;) {
        if (stop.stop_requested())
            return stoppedTooEarly();
        if (auto done = inference(); !done)
            return tl::unexpected(done.error());
        const double before = std::exchange(now, probe.seconds());
        seconds.push_back(now - before);
        if (now - begin >= maxSeconds)
            break;
        if (seconds.size() < nextLook || now - begin < kLeastShare * maxSeconds)
            continue;
        if (isSteady(seconds))
            break;
        nextLook = seconds.size() + std::max<std::size_t>(1, seconds.size() / 10);
    }
    const std::size_t window = std::min(windowOf(seconds), seconds.size());
    return WarmUp{static_cast<int>(seconds.size()), medianBefore(seconds, 0, window)};
}

tl::unexpected<Error> stoppedTooEarly()
{
    return fail(ErrorCode::Cancelled, "Stopped before there were enough samples to show.");
}

} // namespace lathe
