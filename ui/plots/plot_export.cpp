#include "ui/plots/plot_export.h"

#include <QBuffer>
#include <QClipboard>
#include <QGuiApplication>
#include <QImage>
#include <QMimeData>
#include <QPageSize>
#include <QPdfWriter>
#include <QSvgGenerator>

#include <cmath>

#include <fmt/format.h>

#include "ui/plots/embedded_fonts.h"
#include "ui/plots/outlined_text.h"
#include "ui/plots/overlay.h"
#include "ui/plots/qcp.h"
#include "ui/plots/scatter_plot.h"

namespace lathe::ui {

namespace {

constexpr double kLogicalDpi = 96.0; // of the pixels that plots are drawn in
constexpr double kMillimetresPerInch = 25.4;
constexpr int kPdfDpi = 1200;
constexpr double kLeastSide = 50.0;
constexpr double kMostSide = 20000.0;

double pngScale(const ExportOptions& options)
{
    return options.dpi / kLogicalDpi;
}

/// Size in the pixels that plots are drawn in.
QSizeF logicalSize(const ExportOptions& options, PlotFormat format)
{
    const QSizeF size(options.width, options.height);
    if (options.unit == ExportOptions::Unit::Millimetres)
        return size * (kLogicalDpi / kMillimetresPerInch);
    return format == PlotFormat::Png ? size / pngScale(options) : size;
}

Result<QSize> checkedSize(const ExportOptions& options, PlotFormat format)
{
    if (options.dpi < 24 || options.dpi > 2400)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} DPI cannot be: choose from 24 to 2400, such as 96 or 300.", options.dpi));
    const QSizeF logical = logicalSize(options, format);
    const double scale = format == PlotFormat::Png ? pngScale(options) : 1.0;
    for (const double side : {logical.width() * scale, logical.height() * scale})
        if (!(side >= kLeastSide && side <= kMostSide))
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("A plot of {:.0f} x {:.0f} pixels cannot be: choose each side from {:.0f} to "
                                    "{:.0f} pixels.",
                                    logical.width() * scale, logical.height() * scale, kLeastSide, kMostSide));
    if (logical.width() < kLeastSide || logical.height() < kLeastSide)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("At {} DPI these pixels leave no room for letters: choose fewer DPI or more pixels.",
                                options.dpi));
    return QSize(static_cast<int>(std::lround(logical.width())), static_cast<int>(std::lround(logical.height())));
}

void paintOn(QPaintDevice& device, double scale, const ExportSource& source, const QSize& size,
             const ExportOptions& options, QCPPainter::PainterModes modes)
{
    QCPPainter painter(&device);
    painter.setModes(modes);
    painter.scale(scale, scale);
    source.render(painter, size, PlotTheme::forExport(options.dark), options.titles.value_or(source.titles()));
}

void paintVector(QPaintDevice& device, double scale, const ExportSource& source, const QSize& size,
                 const ExportOptions& options)
{
    const QCPPainter::PainterModes modes =
        QCPPainter::pmVectorized | QCPPainter::pmNoCaching | QCPPainter::pmNonCosmetic;
    if (!options.outlineText) {
        paintOn(device, scale, source, size, options, modes);
        return;
    }
    QPainter target(&device);
    target.scale(scale, scale);
    OutlinedTextDevice outlined(target);
    paintOn(outlined, 1.0, source, size, options, modes);
}

QByteArray svgBytes(const ExportSource& source, const QSize& size, const ExportOptions& options)
{
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    QSvgGenerator svg;
    svg.setOutputDevice(&buffer);
    svg.setResolution(static_cast<int>(kLogicalDpi));
    svg.setSize(size);
    svg.setViewBox(QRect(QPoint(0, 0), size));
    svg.setTitle(QStringLiteral("Plot"));
    svg.setDescription(QStringLiteral("Drawn by Lathe"));
    paintVector(svg, 1.0, source, size, options);
    const QString title = options.titles.value_or(source.titles()).plot;
    QByteArray bytes = buffer.data();
    bytes.replace("<title>Plot</title>",
                  "<title>" + title.toHtmlEscaped().toUtf8() + "</title>"); // Qt 6.4 writes it raw
    return options.outlineText ? bytes : withEmbeddedFonts(bytes);
}

QByteArray pdfBytes(const ExportSource& source, const QSize& size, const ExportOptions& options)
{
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    QPdfWriter pdf(&buffer);
    const QSizeF millimetres = QSizeF(size) * (kMillimetresPerInch / kLogicalDpi);
    pdf.setPageSize(QPageSize(millimetres, QPageSize::Millimeter, QString(), QPageSize::ExactMatch));
    pdf.setPageMargins(QMarginsF());
    pdf.setResolution(kPdfDpi);
    pdf.setCreator(QStringLiteral("Lathe"));
    pdf.setTitle(options.titles.value_or(source.titles()).plot);
    paintVector(pdf, kPdfDpi / kLogicalDpi, source, size, options);
    return buffer.data();
}

QImage pngImage(const ExportSource& source, const QSize& size, const ExportOptions& options)
{
    const double scale = pngScale(options);
    QSize pixels(static_cast<int>(std::lround(size.width() * scale)),
                 static_cast<int>(std::lround(size.height() * scale)));
    if (options.unit == ExportOptions::Unit::Pixels) // as asked for, not as rounded
        pixels = QSize(static_cast<int>(std::lround(options.width)), static_cast<int>(std::lround(options.height)));
    QImage image(pixels, QImage::Format_ARGB32_Premultiplied);
    image.fill(PlotTheme::forExport(options.dark).background);
    paintOn(image, scale, source, size, options, QCPPainter::pmNoCaching);
    const int dotsPerMetre = static_cast<int>(std::lround(options.dpi / kMillimetresPerInch * 1000.0));
    image.setDotsPerMeterX(dotsPerMetre);
    image.setDotsPerMeterY(dotsPerMetre);
    return image;
}

QByteArray pngBytes(const ExportSource& source, const QSize& size, const ExportOptions& options)
{
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    pngImage(source, size, options).save(&buffer, "PNG");
    return buffer.data();
}

/// A scatter that no window shows.
class HeadlessScatter : public ExportSource {
public:
    HeadlessScatter(const Session& session, const PlotSettings& settings,
                    const std::shared_ptr<const TimmTable>& overlay, const QSize& size)
    {
        m_plot.resize(size);
        m_plot.setContent(session.records, settings, overlay);
    }

    QString exportName() const override { return QStringLiteral("scatter"); }
    PlotTitles titles() const override { return m_plot.titles(); }
    QSize shownSize() const override { return m_plot.size(); }
    bool isEmpty() const override { return m_plot.scene().isEmpty(); }
    void render(QCPPainter& painter, const QSize& size, const PlotTheme& theme, const PlotTitles& titles) const override
    {
        ScatterPlot copy;
        copy.copyPlot(m_plot, theme, titles);
        copy.paint(painter, size);
    }

private:
    ScatterPlot m_plot;
};

} // namespace

Result<PlotFormat> plotFormat(const std::filesystem::path& path)
{
    const QString ending = QString::fromStdString(path.extension().string()).toLower();
    if (ending == QLatin1String(".svg"))
        return PlotFormat::Svg;
    if (ending == QLatin1String(".pdf"))
        return PlotFormat::Pdf;
    if (ending == QLatin1String(".png"))
        return PlotFormat::Png;
    return fail(ErrorCode::InvalidArgument,
                fmt::format("\"{}\" does not say what to write: let the name end in .svg, .pdf or .png.",
                            path.filename().string()));
}

Result<QByteArray> encodePlot(const ExportSource& source, PlotFormat format, const ExportOptions& options)
{
    const Result<QSize> size = checkedSize(options, format);
    if (!size)
        return tl::unexpected(size.error());
    switch (format) {
    case PlotFormat::Svg:
        return svgBytes(source, *size, options);
    case PlotFormat::Pdf:
        return pdfBytes(source, *size, options);
    case PlotFormat::Png:
        return pngBytes(source, *size, options);
    }
    return QByteArray();
}

Result<void> exportPlot(const ExportSource& source, const std::filesystem::path& out, const ExportOptions& options)
{
    const Result<PlotFormat> format = plotFormat(out);
    if (!format)
        return tl::unexpected(format.error());
    const std::filesystem::path folder = out.parent_path();
    std::error_code ignored;
    if (!folder.empty() && !std::filesystem::is_directory(folder, ignored))
        return fail(ErrorCode::NotFound,
                    fmt::format("There is no folder \"{}\": create it or choose another.", folder.string()));
    const Result<QByteArray> bytes = encodePlot(source, *format, options);
    if (!bytes)
        return tl::unexpected(bytes.error());
    return writeFileAtomically(out, bytes->toStdString());
}

std::unique_ptr<QMimeData> plotMimeData(const ExportSource& source, bool dark)
{
    constexpr int kSharp = 192; // twice the screen's
    ExportOptions options;
    options.dark = dark;
    options.width = std::max(300, source.shownSize().width());
    options.height = std::max(200, source.shownSize().height());
    auto data = std::make_unique<QMimeData>();
    if (const auto svg = encodePlot(source, PlotFormat::Svg, options))
        data->setData(QStringLiteral("image/svg+xml"), *svg);
    const QSize size(static_cast<int>(options.width), static_cast<int>(options.height));
    options.width *= kSharp / kLogicalDpi;
    options.height *= kSharp / kLogicalDpi;
    options.dpi = kSharp;
    data->setImageData(pngImage(source, size, options));
    return data;
}

void copyPlot(const ExportSource& source, bool dark)
{
    QGuiApplication::clipboard()->setMimeData(plotMimeData(source, dark).release());
}

Result<void> exportScatter(const Session& session, const PlotSettings& settings, const std::filesystem::path& out,
                           const ExportOptions& options)
{
    const Result<PlotFormat> format = plotFormat(out);
    if (!format)
        return tl::unexpected(format.error());
    const LoadedOverlay overlay = loadOverlay(settings.overlay, settings.overlayAccuracy);
    if (!overlay.problem.isEmpty())
        return fail(ErrorCode::BadFile, overlay.problem.toStdString());
    const HeadlessScatter scatter(session, settings, overlay.table, QSize(900, 600));
    return exportPlot(scatter, out, options);
}

} // namespace lathe::ui
