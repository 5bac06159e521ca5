#include <fmt/format.h>

#include "core/analysis/roofline.h"
#include "core/analysis/significant.h"

namespace lathe {

namespace {

constexpr double kAbove = 1.05; ///< share of the roof that no error of measurement explains

std::string flops(double value)
{
    return formatSi(value, "FLOP/s");
}

std::string bytesASecond(double value)
{
    return formatBytes(value) + "/s";
}

std::string percent(double share)
{
    return formatSignificant(100.0 * share, 2) + " %";
}

std::string place(const RooflinePoint& point)
{
    return point.level == "memory" ? "memory" : "the " + point.level + " cache";
}

std::string memoryText(const RooflinePoint& point)
{
    std::string text = fmt::format("Bound by memory: {}, {} of the {} that {} gives", bytesASecond(point.byteRate()),
                                   percent(point.share), bytesASecond(point.bandwidth), place(point));
    if (point.flops <= 0.0)
        return text + "; it only moves data.";
    return text + fmt::format("; it does {} FLOPs for each byte, and arithmetic would be the limit from {} on.",
                              formatSignificant(point.intensity(), 2),
                              formatSignificant(point.peak / point.bandwidth, 2));
}

std::string arithmeticText(const RooflinePoint& point, int threads)
{
    return fmt::format("Bound by arithmetic: {}, {} of the {} that {} matrix products reach on {} {}.",
                       flops(point.rate()), percent(point.share), flops(point.peak), point.precision, threads,
                       threads == 1 ? "thread" : "threads");
}

std::string neitherText(const RooflinePoint& point)
{
    if (point.bytes <= 0.0 && point.flops <= 0.0)
        return fmt::format("Bound by neither: it computes and moves nothing; its {} ms are the work of calling it.",
                           formatSignificant(point.milliseconds, 2));
    if (point.flops <= 0.0)
        return fmt::format("Bound by neither: {}, {} of the {} that {} gives; the kernel, or the work of calling it, "
                           "takes the time.",
                           bytesASecond(point.byteRate()), percent(point.share), bytesASecond(point.bandwidth),
                           place(point));
    return fmt::format("Bound by neither: {}, {} of the {} that its {} FLOPs a byte allow with data from {}; the "
                       "kernel, or the work of calling it, takes the time.",
                       flops(point.rate()), percent(point.share), flops(point.roof()),
                       formatSignificant(point.intensity(), 2), place(point));
}

} // namespace

std::string boundText(const RooflinePoint& point, int threads)
{
    std::string text = point.bound == Bound::Memory       ? memoryText(point)
                       : point.bound == Bound::Arithmetic ? arithmeticText(point, threads)
                                                          : neitherText(point);
    if (point.share > kAbove)
        text += " That is more than the roof allows: its data came from a nearer cache, or the machine was busy when "
                "its roofs were measured.";
    return text;
}

} // namespace lathe
