#include "app/quantize_options.h"
#include "app/checks.h"

namespace lathe::cli {

void addQuantizeOptions(CLI::App& app, QuantizeOptions& options)
{
    app.add_option("--bits", options.bits, "Bits of an integer, 2 to 8 (8); of a network, of its weights")
        ->check(between(2, 8));
    app.add_flag("--symmetric", options.isSymmetric,
                 "The zero point is in the middle, the range the same to both sides; else affine");
    app.add_flag("--unsigned", options.isUnsigned, "Integers from 0 on; else signed");
    app.add_option("--granularity", options.granularity,
                   "Which values share a scale: per-tensor, per-channel or per-group (per-tensor; a network's "
                   "weights per channel)");
    app.add_option("--group-size", options.groupSize, "Values of a group (32)")->check(atLeastOne());
    app.add_option("--observer", options.observer,
                   "How the range is found: minmax, moving-average, percentile, mse or entropy (minmax; of a "
                   "network's activations, mse)");
    app.add_option("--percentile", options.percentile, "Per cent of the values that observer keeps inside (99.99)")
        ->check(between(50.0, 100.0));
}

Result<QuantizationChoice> choiceOf(const QuantizeOptions& options, std::int64_t channelAxis)
{
    const Result<Granularity::Kind> granularity = granularityFromName(options.granularity.value_or("per-tensor"));
    const Result<ObserverKind> observer = observerFromName(options.observer.value_or("minmax"));
    if (!granularity || !observer)
        return tl::unexpected(!granularity ? granularity.error() : observer.error());
    QuantizationChoice choice;
    choice.format = {options.bits.value_or(8), !options.isUnsigned, options.isSymmetric};
    choice.granularity = {*granularity, channelAxis, options.groupSize};
    choice.observer.kind = *observer;
    choice.observer.percentile = options.percentile;
    return choice;
}

} // namespace lathe::cli
