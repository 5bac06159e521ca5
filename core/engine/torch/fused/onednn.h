#pragma once

#include <memory>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <oneapi/dnnl/dnnl.h>

/// oneDNN used directly: LibTorch's operators over it make a primitive at every call, and these are made once. The
/// C interface, since that is what oneDNN keeps compatible within a major version.
namespace lathe::engine::onednn {

struct Deleter {
    void operator()(dnnl_memory_desc_t desc) const { dnnl_memory_desc_destroy(desc); }
    void operator()(dnnl_primitive_desc_t desc) const { dnnl_primitive_desc_destroy(desc); }
    void operator()(dnnl_primitive_t primitive) const { dnnl_primitive_destroy(primitive); }
    void operator()(dnnl_memory_t memory) const { dnnl_memory_destroy(memory); }
    void operator()(dnnl_primitive_attr_t attributes) const { dnnl_primitive_attr_destroy(attributes); }
    void operator()(dnnl_post_ops_t operations) const { dnnl_post_ops_destroy(operations); }
};
template <class Handle> using Owned = std::unique_ptr<std::remove_pointer_t<Handle>, Deleter>;
using Layout = Owned<dnnl_memory_desc_t>;

/// Throws what oneDNN refused, as c10::Error.
void check(dnnl_status_t status, const char* what);

dnnl_engine_t engine();

/// A strided tensor's, as it lies. Of float32, bfloat16, or integers of 8 or 32 bits.
Layout layoutOf(const at::Tensor& tensor);
/// Which oneDNN may choose.
Layout anyLayout(at::IntArrayRef sizes, at::ScalarType type);
std::size_t byteSize(const_dnnl_memory_desc_t layout);

/// What is done to a primitive's output, which grids its integers are on, and with which tensors.
class Attributes {
public:
    Attributes();
    void activation(dnnl_alg_kind_t algorithm, float alpha, float beta);
    void sum(float scale = 1.0F, int zeroPoint = 0); ///< the output's old values are added, on this grid
    void add(const at::Tensor& addend);

    /// Of an argument (DNNL_ARG_SRC, ...): float32, as many as the bits of `mask` name axes for. Read when it runs.
    void scales(int argument, int mask, const at::Tensor& scales);
    void zeroPoint(int argument, const at::Tensor& zeroPoint); ///< int32 [1]

    /// With scratch memory given by the caller.
    Owned<dnnl_primitive_attr_t> made() const;

    struct Argument {
        int argument;
        at::Tensor tensor;
    };
    std::vector<Argument> arguments() const;

private:
    struct Scales {
        int argument;
        int mask;
        at::Tensor tensor;
    };
    Owned<dnnl_post_ops_t> m_operations;
    std::vector<at::Tensor> m_addends; ///< by index of the operation; undefined for those without one
    std::vector<Scales> m_scales;
    std::vector<Argument> m_zeroPoints;
};

/// A primitive with its memory: made once, run often.
class Primitive {
public:
    explicit Primitive(dnnl_primitive_desc_t desc); ///< takes it over

    const_dnnl_memory_desc_t layout(dnnl_query_t what) const;
    std::string implementation() const; ///< "oneDNN brgconv:avx512_core"
    /// oneDNN has a plain implementation of everything, which is a hundred times slower.
    bool isReference() const;
    std::size_t scratchBytes() const;

    /// `data` stays the caller's and has the layout that the primitive asks for; a tensor is kept.
    void bind(int argument, const_dnnl_memory_desc_t layout, const void* data);
    void bind(int argument, const at::Tensor& tensor);
    void bind(const Attributes& attributes);
    void bindScratch(void* scratch);

    void run() const;

private:
    Owned<dnnl_primitive_desc_t> m_desc;
    Owned<dnnl_primitive_t> m_primitive;
    std::vector<Owned<dnnl_memory_t>> m_memories;
    std::vector<at::Tensor> m_kept;
    std::vector<dnnl_exec_arg_t> m_arguments;
};

/// Copies into another layout, once.
void reorder(const_dnnl_memory_desc_t from, const void* source, const_dnnl_memory_desc_t to, void* target);

} // namespace lathe::engine::onednn
