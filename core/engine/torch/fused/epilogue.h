#pragma once

#include <vector>

#include <ATen/ATen.h>

#include "core/engine/torch/fused/grid.h"
#include "core/engine/torch/fused/onednn.h"
#include "core/graph/operations.h"

namespace lathe::engine {

/// What is done to a product before it is written, each either an activation or an addition.
struct Finish {
    std::optional<op::Activation::Kind> activation;
    at::Tensor addend;        ///< of the output's sizes
    std::optional<Grid> grid; ///< of an addend in integers
};
using Finishes = std::vector<Finish>;

/// The addends, in their order, and the same finishes with others in their places.
std::vector<at::Tensor> addendsOf(const Finishes& finishes);
Finishes withAddends(Finishes finishes, std::vector<at::Tensor> addends);

/// oneDNN's name for an activation, and its numbers.
struct OneDnnActivation {
    dnnl_alg_kind_t algorithm;
    float alpha = 0.0F;
    float beta = 0.0F;
};
OneDnnActivation oneDnnActivation(op::Activation::Kind kind);

/// Whether `output` lies over the addend, whose values are then added to.
bool liesOver(const at::Tensor& output, const at::Tensor& addend);

onednn::Attributes postOps(const Finishes& finishes, const at::Tensor& output);

/// The same by LibTorch's operators, in place.
void applyActivation(op::Activation::Kind kind, at::Tensor& y);
/// From the one at `first` on.
void applyFinishes(const Finishes& finishes, at::Tensor& y, std::size_t first = 0);

} // namespace lathe::engine
