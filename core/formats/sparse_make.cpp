#include <algorithm>
#include <array>
#include <cstring>

#include "core/formats/sparse.h"

namespace lathe::sparse {

namespace {

HostTensor indexTensor(const std::vector<std::int64_t>& values, Shape shape)
{
    const WritableTensor made = makeTensor(DType::Int64, std::move(shape));
    std::copy(values.begin(), values.end(), reinterpret_cast<std::int64_t*>(made.bytes));
    return made.tensor;
}

HostTensor indexTensor(const std::vector<std::int64_t>& values)
{
    return indexTensor(values, {static_cast<std::int64_t>(values.size())});
}

HostTensor floatTensor(const std::vector<float>& values, Shape shape)
{
    const WritableTensor made = makeTensor(DType::Float32, std::move(shape));
    std::copy(values.begin(), values.end(), reinterpret_cast<float*>(made.bytes));
    return made.tensor;
}

/// A matrix's blocks.
class Blocks {
public:
    Blocks(const HostTensor& matrix, std::int64_t height, std::int64_t width)
        : m_values(matrix.floats()), m_width(matrix.shape[1]), m_blockHeight(height), m_blockWidth(width)
    {
    }

    template <class Visit> void forEach(std::int64_t row, std::int64_t column, Visit visit) const
    {
        for (std::int64_t r = row * m_blockHeight; r < (row + 1) * m_blockHeight; ++r)
            for (std::int64_t c = column * m_blockWidth; c < (column + 1) * m_blockWidth; ++c)
                visit(m_values[r * m_width + c]);
    }

    bool isEmpty(std::int64_t row, std::int64_t column) const
    {
        bool empty = true;
        forEach(row, column, [&](float value) { empty = empty && value == 0.0F; });
        return empty;
    }

private:
    const float* m_values;
    std::int64_t m_width;
    std::int64_t m_blockHeight;
    std::int64_t m_blockWidth;
};

/// Rows of blocks; single entries are blocks of one.
Tensor compressed(const HostTensor& dense, std::int64_t height, std::int64_t width)
{
    const Blocks blocks(dense, height, width);
    std::vector<std::int64_t> begins{0};
    std::vector<std::int64_t> columns;
    std::vector<float> values;
    for (std::int64_t row = 0; row < dense.shape[0] / height; ++row) {
        for (std::int64_t column = 0; column < dense.shape[1] / width; ++column)
            if (!blocks.isEmpty(row, column)) {
                columns.push_back(column);
                blocks.forEach(row, column, [&](float value) { values.push_back(value); });
            }
        begins.push_back(static_cast<std::int64_t>(columns.size()));
    }
    const auto entries = static_cast<std::int64_t>(columns.size());
    return {Layout::Bsr, dense.shape, indexTensor(begins), indexTensor(columns),
            floatTensor(values, {entries, height, width})};
}

} // namespace

Tensor toCoo(const HostTensor& dense)
{
    const std::int64_t count = elementCount(dense.shape);
    const std::int64_t entries = count - std::count(dense.floats(), dense.floats() + count, 0.0F);
    const auto axes = static_cast<std::int64_t>(dense.shape.size());
    const WritableTensor indices = makeTensor(DType::Int64, {axes, entries});
    const WritableTensor values = makeTensor(DType::Float32, {entries});
    auto* index = reinterpret_cast<std::int64_t*>(indices.bytes);
    auto* value = reinterpret_cast<float*>(values.bytes);
    std::int64_t entry = 0;
    for (std::int64_t i = 0; i < count; ++i) {
        if (dense.floats()[i] == 0.0F)
            continue;
        value[entry] = dense.floats()[i];
        std::int64_t rest = i;
        for (std::int64_t axis = axes; axis-- > 0; rest /= dense.shape[static_cast<std::size_t>(axis)])
            index[axis * entries + entry] = rest % dense.shape[static_cast<std::size_t>(axis)];
        ++entry;
    }
    return {Layout::Coo, dense.shape, indices.tensor, {}, values.tensor};
}

Tensor toCsr(const HostTensor& dense)
{
    Tensor tensor = compressed(dense, 1, 1);
    tensor.layout = Layout::Csr;
    tensor.values.shape = tensor.columns.shape;
    return tensor;
}

Tensor toBsr(const HostTensor& dense, std::int64_t height, std::int64_t width)
{
    return compressed(dense, height, width);
}

} // namespace lathe::sparse
