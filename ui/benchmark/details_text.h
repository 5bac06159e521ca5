#pragma once

#include <QString>

#include <vector>

#include "core/session/record.h"

/// Records in words, as rich text.
namespace lathe::ui {

/// Figures with their intervals, flags in words, how it was measured and where.
QString detailsHtml(const Record& record);

/// The same figures of several records side by side; differing environments are said.
QString sideBySideHtml(const std::vector<const Record*>& records);

} // namespace lathe::ui
