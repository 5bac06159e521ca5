#include "core/engine/torch/fused/onednn.h"

#include <c10/util/Exception.h>

namespace lathe::engine::onednn {

namespace {

template <class Handle> Owned<Handle> own(Handle handle)
{
    return Owned<Handle>(handle);
}

dnnl_data_type_t typeOf(at::ScalarType type)
{
    switch (type) {
    case at::kFloat:
        return dnnl_f32;
    case at::kBFloat16:
        return dnnl_bf16;
    case at::kByte:
        return dnnl_u8;
    case at::kChar:
        return dnnl_s8;
    case at::kInt:
        return dnnl_s32;
    default:
        TORCH_CHECK(false, "oneDNN is not asked for ", type);
    }
}

dnnl_stream_t stream()
{
    // One a thread, since a stream belongs to whoever runs on it.
    thread_local const dnnl_stream_t made = [] {
        dnnl_stream_t created = nullptr;
        check(dnnl_stream_create(&created, engine(), dnnl_stream_default_flags), "a stream");
        return created;
    }();
    return made;
}

} // namespace

void check(dnnl_status_t status, const char* what)
{
    TORCH_CHECK(status == dnnl_success, "oneDNN refused ", what, " (status ", static_cast<int>(status), ")");
}

dnnl_engine_t engine()
{
    static const dnnl_engine_t made = [] {
        dnnl_engine_t created = nullptr;
        check(dnnl_engine_create(&created, dnnl_cpu, 0), "an engine");
        return created;
    }();
    return made;
}

Layout layoutOf(const at::Tensor& tensor)
{
    dnnl_memory_desc_t desc = nullptr;
    check(dnnl_memory_desc_create_with_strides(&desc, static_cast<int>(tensor.dim()), tensor.sizes().data(),
                                               typeOf(tensor.scalar_type()), tensor.strides().data()),
          "a tensor's strides");
    return Layout(desc);
}

Layout anyLayout(at::IntArrayRef sizes, at::ScalarType type)
{
    dnnl_memory_desc_t desc = nullptr;
    check(dnnl_memory_desc_create_with_tag(&desc, static_cast<int>(sizes.size()), sizes.data(), typeOf(type),
                                           dnnl_format_tag_any),
          "a layout");
    return Layout(desc);
}

std::size_t byteSize(const_dnnl_memory_desc_t layout)
{
    return dnnl_memory_desc_get_size(layout);
}

Attributes::Attributes()
{
    dnnl_post_ops_t operations = nullptr;
    check(dnnl_post_ops_create(&operations), "post-operations");
    m_operations.reset(operations);
}

void Attributes::activation(dnnl_alg_kind_t algorithm, float alpha, float beta)
{
    check(dnnl_post_ops_append_eltwise(m_operations.get(), algorithm, alpha, beta), "an activation");
    m_addends.emplace_back();
}

void Attributes::sum(float scale, int zeroPoint)
{
    check(dnnl_post_ops_append_sum(m_operations.get(), scale, zeroPoint, dnnl_data_type_undef), "a sum");
    m_addends.emplace_back();
}

void Attributes::add(const at::Tensor& addend)
{
    check(dnnl_post_ops_append_binary(m_operations.get(), dnnl_binary_add, layoutOf(addend).get()), "an addition");
    m_addends.push_back(addend);
}

void Attributes::scales(int argument, int mask, const at::Tensor& scales)
{
    m_scales.push_back({argument, mask, scales});
}

void Attributes::zeroPoint(int argument, const at::Tensor& zeroPoint)
{
    m_zeroPoints.push_back({argument, zeroPoint});
}

std::vector<Attributes::Argument> Attributes::arguments() const
{
    std::vector<Argument> all;
    for (std::size_t i = 0; i < m_addends.size(); ++i)
        if (m_addends[i].defined())
            all.push_back({DNNL_ARG_ATTR_MULTIPLE_POST_OP(static_cast<int>(i)) | DNNL_ARG_SRC_1, m_addends[i]});
    for (const Scales& scales : m_scales)
        all.push_back({DNNL_ARG_ATTR_SCALES | scales.argument, scales.tensor});
    for (const Argument& zeroPoint : m_zeroPoints)
        all.push_back({DNNL_ARG_ATTR_ZERO_POINTS | zeroPoint.argument, zeroPoint.tensor});
    return all;
}

Owned<dnnl_primitive_attr_t> Attributes::made() const
{
    dnnl_primitive_attr_t made = nullptr;
    check(dnnl_primitive_attr_create(&made), "attributes");
    auto attributes = own(made);
    check(dnnl_primitive_attr_set_post_ops(made, m_operations.get()), "post-operations");
    for (const Scales& scales : m_scales)
        check(dnnl_primitive_attr_set_scales_mask(made, scales.argument, scales.mask), "scales");
    for (const Argument& zeroPoint : m_zeroPoints)
        check(dnnl_primitive_attr_set_zero_points_mask(made, zeroPoint.argument, 0), "a zero point");
    check(dnnl_primitive_attr_set_scratchpad_mode(made, dnnl_scratchpad_mode_user), "scratch memory");
    return attributes;
}

Primitive::Primitive(dnnl_primitive_desc_t desc) : m_desc(desc)
{
    dnnl_primitive_t primitive = nullptr;
    check(dnnl_primitive_create(&primitive, desc), "a primitive");
    m_primitive.reset(primitive);
}

const_dnnl_memory_desc_t Primitive::layout(dnnl_query_t what) const
{
    return dnnl_primitive_desc_query_md(m_desc.get(), what, 0);
}

std::string Primitive::implementation() const
{
    const char* name = nullptr;
    check(dnnl_primitive_desc_query(m_desc.get(), dnnl_query_impl_info_str, 0, static_cast<void*>(&name)), "a name");
    return std::string("oneDNN ") + name;
}

bool Primitive::isReference() const
{
    return implementation().find("ref") != std::string::npos;
}

std::size_t Primitive::scratchBytes() const
{
    return byteSize(layout(dnnl_query_scratchpad_md));
}

void Primitive::bind(int argument, const_dnnl_memory_desc_t layout, const void* data)
{
    dnnl_memory_t memory = nullptr;
    check(dnnl_memory_create(&memory, layout, engine(), const_cast<void*>(data)), "memory");
    m_memories.emplace_back(memory);
    m_arguments.push_back({argument, memory});
}

void Primitive::bind(int argument, const at::Tensor& tensor)
{
    m_kept.push_back(tensor);
    bind(argument, layoutOf(tensor).get(), tensor.const_data_ptr());
}

void Primitive::bind(const Attributes& attributes)
{
    for (const Attributes::Argument& given : attributes.arguments())
        bind(given.argument, given.tensor);
}

void Primitive::bindScratch(void* scratch)
{
    if (scratchBytes() > 0)
        bind(DNNL_ARG_SCRATCHPAD, layout(dnnl_query_scratchpad_md), scratch);
}

void Primitive::run() const
{
    check(dnnl_primitive_execute(m_primitive.get(), stream(), static_cast<int>(m_arguments.size()), m_arguments.data()),
          "to run");
}

void reorder(const_dnnl_memory_desc_t from, const void* source, const_dnnl_memory_desc_t to, void* target)
{
    dnnl_primitive_desc_t desc = nullptr;
    check(dnnl_reorder_primitive_desc_create(&desc, from, engine(), to, engine(), nullptr), "to change a layout");
    Primitive primitive(desc);
    primitive.bind(DNNL_ARG_FROM, from, source);
    primitive.bind(DNNL_ARG_TO, to, target);
    primitive.run();
}

} // namespace lathe::engine::onednn
