#pragma once

#include <cstdint>

#include "core/base/tensor.h"

namespace lathe {

/// Calls `use(index along the axis, place of the element)` for every element of a tensor, in their order.
template <class Use> void forEachAlong(const Shape& shape, std::size_t axis, const Use& use)
{
    const auto middle = shape.begin() + static_cast<std::ptrdiff_t>(axis);
    const std::int64_t outer = elementCount(Shape(shape.begin(), middle));
    const std::int64_t inner = elementCount(Shape(middle + 1, shape.end()));
    std::int64_t place = 0;
    for (std::int64_t o = 0; o < outer; ++o)
        for (std::int64_t i = 0; i < *middle; ++i)
            for (const std::int64_t end = place + inner; place < end; ++place)
                use(static_cast<std::size_t>(i), place);
}

} // namespace lathe
