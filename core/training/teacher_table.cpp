#include "core/training/teacher_table.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace lathe {

namespace {

/// Rows of a table views x images x ....
HostTensor rows(const HostTensor& table, std::span<const std::int64_t> images, std::int64_t view)
{
    if (!table.data)
        return {};
    Shape shape{static_cast<std::int64_t>(images.size())};
    shape.insert(shape.end(), table.shape.begin() + 2, table.shape.end());
    const WritableTensor made = makeTensor(DType::Float32, std::move(shape));
    const std::int64_t count = table.shape[1];
    const std::int64_t bytes = table.byteCount() / std::max<std::int64_t>(1, table.shape[0] * count);
    std::byte* out = made.bytes;
    for (const std::int64_t image : images) {
        std::memcpy(out, table.data.get() + (view * count + image) * bytes, static_cast<std::size_t>(bytes));
        out += bytes;
    }
    return made.tensor;
}

} // namespace

TeacherTable::TeacherTable(HostTensor logits, HostTensor hints, std::string identity)
    : m_logits(std::move(logits)), m_hints(std::move(hints)), m_identity(std::move(identity))
{
}

TeacherAnswers TeacherTable::answers(std::span<const std::int64_t> images, std::int64_t view) const
{
    return {rows(m_logits, images, view), rows(m_hints, images, view)};
}

Result<void> TeacherTable::checkFit(const TrainingOptions& options, const Dataset& dataset) const
{
    const Shape wanted{std::max(1, options.views), dataset.train.count(), dataset.classes()};
    if (m_logits.shape != wanted)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("The teacher's answers are {} (views, images, classes) and this training needs {}; ask "
                                "the teacher again.",
                                toString(m_logits.shape), toString(wanted)));
    if (options.distillation->hint && !m_hints.data)
        return fail(ErrorCode::InvalidArgument, "The teacher's answers hold no hints; ask the teacher again.");
    return {};
}

} // namespace lathe
