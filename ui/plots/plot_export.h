#pragma once

#include <QByteArray>

#include <filesystem>
#include <memory>
#include <optional>

#include "core/base/result.h"
#include "core/session/session.h"
#include "ui/plots/plot_widget.h"

class QMimeData;

namespace lathe::ui {

enum class PlotFormat { Svg, Pdf, Png };

struct ExportOptions {
    enum class Unit { Pixels, Millimetres };
    double width = 900.0;
    double height = 600.0;
    Unit unit = Unit::Pixels;
    /// Of a PNG. In millimetres it gives the image's pixels; in pixels it gives the size of text: an image of given
    /// pixels at twice the DPI has letters of twice the pixels. SVG and PDF take pixels as 1/96 inch.
    int dpi = 96;
    bool dark = false;
    bool outlineText = false;         ///< SVG and PDF: letters as paths instead of text in embedded fonts
    std::optional<PlotTitles> titles; ///< none: as shown
};

/// By the file's ending; anything but svg, pdf and png is InvalidArgument.
Result<PlotFormat> plotFormat(const std::filesystem::path& path);

/// The bytes of the file. Sizes from 50 to 20,000 pixels a side; others are InvalidArgument.
Result<QByteArray> encodePlot(const ExportSource& source, PlotFormat format, const ExportOptions& options);

/// Format by ending; the file is replaced as a whole or not at all.
Result<void> exportPlot(const ExportSource& source, const std::filesystem::path& out, const ExportOptions& options);

/// The plot as shown, as an image (twice the pixels) and as SVG.
std::unique_ptr<QMimeData> plotMimeData(const ExportSource& source, bool dark);
void copyPlot(const ExportSource& source, bool dark);

/// The scatter of a session without a window, for the command line: needs a QApplication (offscreen will do).
/// An overlay that cannot be read is an error; settings without one plot without.
Result<void> exportScatter(const Session& session, const PlotSettings& settings, const std::filesystem::path& out,
                           const ExportOptions& options);

} // namespace lathe::ui
