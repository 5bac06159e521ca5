#pragma once

// QCustomPlot's header is written with Qt's keywords, which our targets switch off.
// For .cpp files and headers that only ui/plots includes.
#define signals Q_SIGNALS // NOLINT
#define foreach Q_FOREACH // NOLINT
#include <qcustomplot.h>
#undef foreach
#undef signals
