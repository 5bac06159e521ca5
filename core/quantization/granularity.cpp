#include "core/quantization/granularity.h"

#include <array>

#include <fmt/format.h>

namespace lathe {

namespace {

constexpr std::array kKinds = {Granularity::Kind::PerTensor, Granularity::Kind::PerChannel,
                               Granularity::Kind::PerGroup};

} // namespace

std::string_view name(Granularity::Kind kind)
{
    switch (kind) {
    case Granularity::Kind::PerChannel:
        return "per-channel";
    case Granularity::Kind::PerGroup:
        return "per-group";
    case Granularity::Kind::PerTensor:
        break;
    }
    return "per-tensor";
}

Result<Granularity::Kind> granularityFromName(std::string_view text)
{
    for (const Granularity::Kind kind : kKinds)
        if (name(kind) == text)
            return kind;
    return fail(ErrorCode::InvalidArgument,
                fmt::format("There is no granularity \"{}\"; choose per-tensor, per-channel or per-group.", text));
}

Result<Partition> Partition::make(const Shape& shape, const Granularity& granularity)
{
    Partition made;
    made.m_elements = elementCount(shape);
    made.m_row = made.m_run = made.m_repeat = std::max<std::int64_t>(made.m_elements, 1);
    const auto rank = static_cast<std::int64_t>(shape.size());
    if (granularity.kind == Granularity::Kind::PerChannel) {
        if (granularity.axis < 0 || granularity.axis >= rank)
            return fail(ErrorCode::InvalidArgument, fmt::format("There is no axis {} in {}; axes count from 0.",
                                                                granularity.axis, toString(shape)));
        const auto axis = shape.begin() + granularity.axis;
        made.m_run = elementCount(Shape(axis + 1, shape.end()));
        made.m_parts = made.m_partsARow = *axis;
        made.m_row = made.m_repeat = *axis * made.m_run;
    }
    if (granularity.kind == Granularity::Kind::PerGroup) {
        if (granularity.groupSize < 1)
            return fail(ErrorCode::InvalidArgument, "A group has at least one value.");
        if (rank >= 2 && made.m_elements > 0)
            made.m_row = made.m_elements / shape.front();
        made.m_run = std::min(granularity.groupSize, made.m_row);
        made.m_partsARow = (made.m_row + made.m_run - 1) / made.m_run;
        made.m_parts = std::max<std::int64_t>(made.m_elements / made.m_row, 1) * made.m_partsARow;
    }
    return made;
}

std::int64_t Partition::partOf(std::int64_t element) const
{
    const std::int64_t rows = m_parts / m_partsARow; // with parts of their own
    return element / m_row % rows * m_partsARow + element % m_row / m_run;
}

std::int64_t Partition::sizeOf(std::int64_t part) const
{
    std::int64_t size = 0;
    forEachRun(part, [&](std::int64_t begin, std::int64_t end) { size += end - begin; });
    return size;
}

} // namespace lathe
