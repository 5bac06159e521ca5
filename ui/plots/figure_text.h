#pragma once

#include <QString>

#include "core/analysis/quantity.h"

namespace lathe::ui {

/// With the digits that the interval supports: "12.3 ± 0.2"; three significant digits where there is none.
QString figureText(const Measure& measure);

/// "images/s", "M", "GMACs", "MB", "ms", "%".
QString unitText(Quantity quantity);

/// "Throughput", "Parameters": the axis title without its unit.
QString quantityTitle(Quantity quantity);

/// The same for one record's figure: "samples/s" where it took tokens.
QString unitText(Quantity quantity, const Record& record);

/// A figure with its unit: "12.3 ± 0.2 ms".
QString figureWithUnit(const Measure& measure, Quantity quantity);
QString figureWithUnit(const Measure& measure, Quantity quantity, const Record& record);

} // namespace lathe::ui
