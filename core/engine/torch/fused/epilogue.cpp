#include "core/engine/torch/fused/epilogue.h"

namespace lathe::engine {

OneDnnActivation oneDnnActivation(op::Activation::Kind kind)
{
    constexpr float kSixth = 1.0F / 6.0F;
    switch (kind) {
    case op::Activation::Kind::ReLU:
        return {dnnl_eltwise_relu};
    case op::Activation::Kind::ReLU6:
        return {dnnl_eltwise_clip, 0.0F, 6.0F};
    case op::Activation::Kind::SiLU:
        return {dnnl_eltwise_swish, 1.0F};
    case op::Activation::Kind::GELU:
        return {dnnl_eltwise_gelu_erf};
    case op::Activation::Kind::Sigmoid:
        return {dnnl_eltwise_logistic};
    case op::Activation::Kind::Tanh:
        return {dnnl_eltwise_tanh};
    case op::Activation::Kind::Hardswish:
        return {dnnl_eltwise_hardswish, kSixth, 0.5F};
    case op::Activation::Kind::Hardsigmoid:
        return {dnnl_eltwise_hardsigmoid, kSixth, 0.5F};
    }
    return {dnnl_eltwise_relu};
}

std::vector<at::Tensor> addendsOf(const Finishes& finishes)
{
    std::vector<at::Tensor> addends;
    for (const Finish& finish : finishes)
        if (!finish.activation)
            addends.push_back(finish.addend);
    return addends;
}

Finishes withAddends(Finishes finishes, std::vector<at::Tensor> addends)
{
    auto next = addends.begin();
    for (Finish& finish : finishes)
        if (!finish.activation)
            finish.addend = *next++;
    return finishes;
}

bool liesOver(const at::Tensor& output, const at::Tensor& addend)
{
    return output.const_data_ptr() == addend.const_data_ptr();
}

onednn::Attributes postOps(const Finishes& finishes, const at::Tensor& output)
{
    onednn::Attributes operations;
    for (const Finish& finish : finishes) {
        if (finish.activation) {
            const OneDnnActivation known = oneDnnActivation(*finish.activation);
            operations.activation(known.algorithm, known.alpha, known.beta);
        } else if (finish.grid) {
            operations.sum(finish.grid->scale, finish.grid->zeroPoint);
        } else if (liesOver(output, finish.addend)) {
            operations.sum();
        } else {
            operations.add(finish.addend);
        }
    }
    return operations;
}

void applyActivation(op::Activation::Kind kind, at::Tensor& y)
{
    switch (kind) {
    case op::Activation::Kind::ReLU:
        y.relu_();
        return;
    case op::Activation::Kind::ReLU6:
        at::hardtanh_(y, 0, 6);
        return;
    case op::Activation::Kind::SiLU:
        at::silu_(y);
        return;
    case op::Activation::Kind::GELU:
        at::gelu_(y);
        return;
    case op::Activation::Kind::Sigmoid:
        y.sigmoid_();
        return;
    case op::Activation::Kind::Tanh:
        y.tanh_();
        return;
    case op::Activation::Kind::Hardswish:
        at::hardswish_(y);
        return;
    case op::Activation::Kind::Hardsigmoid:
        at::hardsigmoid_(y);
        return;
    }
}

void applyFinishes(const Finishes& finishes, at::Tensor& y, std::size_t first)
{
    for (std::size_t i = first; i < finishes.size(); ++i)
        if (finishes[i].activation)
            applyActivation(*finishes[i].activation, y);
        else
            y.add_(finishes[i].addend);
}

} // namespace lathe::engine
