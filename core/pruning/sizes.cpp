#include "core/pruning/sizes.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "core/base/float_formats.h"
#include "core/base/temporary_file.h"
#include "core/formats/stored_size.h"
#include "core/pruning/rules.h"
#include "core/pruning/sizes_p.h"

namespace lathe {

namespace {

constexpr std::int64_t kLargestEdge = 8;

Result<Weights> weightsOf(const LoadedModel& model)
{
    using Type = PrunableParameter::Type;
    std::set<std::string> names;
    for (const PrunableParameter& p : prunableParameters(model.graph))
        if (!p.isBias && (p.type == Type::Conv || p.type == Type::Linear || p.type == Type::Embedding))
            names.insert(model.graph.parameter(p.id).name);
    Weights weights;
    for (const NamedTensor& tensor : model.weights) {
        if (!names.contains(tensor.name)) {
            weights.rest.push_back(tensor);
            continue;
        }
        const auto values = asFloat32(tensor.tensor);
        if (!values)
            return tl::unexpected(values.error());
        const std::int64_t count = elementCount(values->shape);
        const std::int64_t zeros = std::count(values->floats(), values->floats() + count, 0.0F);
        weights.sparse.push_back({tensor.name, *values, count - zeros});
    }
    return weights;
}

Result<FormatSize> measured(const Format& format, const SizeOptions& options)
{
    FormatSize size = format.size;
    if (size.expectedBytes > options.mostBytes)
        return size;
    const TemporaryFile temporary(std::filesystem::path(format.file).extension().string());
    const std::filesystem::path path = options.keepIn.empty() ? temporary.path() : options.keepIn / format.file;
    return format.write(path).and_then([&] { return sizeOnDisk(path); }).map([&](const StoredSize& found) {
        size.bytes = found.bytes;
        size.gzipBytes = found.gzipBytes;
        return size;
    });
}

} // namespace

std::int64_t blockEdge(std::int64_t extent)
{
    std::int64_t edge = std::min(kLargestEdge, extent);
    while (edge > 1 && extent % edge != 0)
        --edge;
    return edge;
}

Result<SizeTable> measureSizes(const LoadedModel& model, const SizeOptions& options, const std::stop_token& stop,
                               const ProgressSink& progress)
{
    if (model.quantization || model.graph.isSealed())
        return fail(ErrorCode::Unsupported, fmt::format("{} has no weights in float32 of its own layers; take the "
                                                        "network that it was made from.",
                                                        model.name));
    const Result<Weights> weights = weightsOf(model);
    if (!weights)
        return tl::unexpected(weights.error());
    SizeTable table;
    table.weights = weights->entries();
    table.zeros = table.weights - weights->sum([](const Weight& w) { return w.nonzeros; });
    const std::vector<Format> formats = formatsOf(model, *weights);
    for (std::size_t i = 0; i < formats.size(); ++i) {
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled, "The sizes were stopped.");
        if (progress)
            progress({static_cast<double>(i) / static_cast<double>(formats.size()),
                      fmt::format("writing and compressing {}", formats[i].size.format)});
        auto size = measured(formats[i], options);
        if (!size)
            return tl::unexpected(size.error());
        table.formats.push_back(*std::move(size));
    }
    return table;
}

} // namespace lathe
