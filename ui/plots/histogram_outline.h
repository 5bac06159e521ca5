#pragma once

#include <QPointF>

#include <vector>

#include "core/quantization/histogram.h"

namespace lathe::ui {

/// Two corners a bar, from left to right.
std::vector<QPointF> outlineOf(const Histogram& histogram);

} // namespace lathe::ui
