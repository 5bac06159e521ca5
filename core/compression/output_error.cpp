#include "core/compression/output_error.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lathe {

namespace {

std::int64_t largestOf(const float* values, std::int64_t count)
{
    return std::max_element(values, values + count) - values;
}

/// `labels`: of all samples, null for none.
void add(OutputError& error, const HostTensor& exact, const HostTensor& changed, const std::int64_t* labels)
{
    const std::int64_t all = elementCount(exact.shape);
    const std::int64_t outputs = all / exact.shape.front();
    for (std::int64_t i = 0; i < all; ++i) {
        const double x = exact.floats()[i];
        const double difference = changed.floats()[i] - x;
        error.signal += x * x;
        error.noise += difference * difference;
    }
    for (std::int64_t n = 0; n < exact.shape.front(); ++n) {
        const std::int64_t found = largestOf(changed.floats() + n * outputs, outputs);
        error.agreeing += largestOf(exact.floats() + n * outputs, outputs) == found;
        error.correct += labels != nullptr && labels[error.samples] == found;
        ++error.samples;
    }
}

tl::unexpected<Error> stopped()
{
    return fail(ErrorCode::Cancelled, "The comparison of outputs was stopped.");
}

} // namespace

double OutputError::sqnrDb() const
{
    return noise > 0.0 ? 10.0 * std::log10(signal / noise) : std::numeric_limits<double>::infinity();
}

double OutputError::agreement() const
{
    return static_cast<double>(agreeing) / static_cast<double>(std::max<std::int64_t>(1, samples));
}

Result<ExactOutputs> outputsOf(Network& network, const Batches& batches, const std::stop_token& stop)
{
    ExactOutputs made;
    for (auto x = batches(); x; x = batches()) {
        if (stop.stop_requested())
            return stopped();
        Result<HostTensor> y = network.infer(*x);
        if (!y)
            return tl::unexpected(y.error());
        made.inputs.push_back(*std::move(x));
        made.outputs.push_back(*std::move(y));
    }
    return made;
}

Result<OutputError> outputError(Network& network, const ExactOutputs& exact, const std::stop_token& stop)
{
    OutputError error;
    for (std::size_t i = 0; i < exact.inputs.size(); ++i) {
        if (stop.stop_requested())
            return stopped();
        const Result<HostTensor> y = network.infer(exact.inputs[i]);
        if (!y)
            return tl::unexpected(y.error());
        add(error, exact.outputs[i], *y, exact.labels.empty() ? nullptr : exact.labels.data());
    }
    return error;
}

} // namespace lathe
