#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFile>
#include <QImage>
#include <QLabel>
#include <QMimeData>
#include <QPainter>
#include <QRawFont>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <QtSvg/QSvgRenderer>
#include <QXmlStreamReader>

#include "ui/plots/distribution_view.h"
#include "ui/plots/export_dialog.h"
#include "ui/plots/plot_export.h"
#include "ui/plots/scatter_view.h"
#include "ui/plots/sweep_view.h"
#include "ui/session/document.h"

using namespace lathe;
using namespace lathe::ui;

namespace {

Record makeRecord(const std::string& id, const std::string& model, std::int64_t batch, double median)
{
    Record record;
    record.id = id;
    record.configuration.model = model;
    record.configuration.batch = batch;
    record.family = "ResNet";
    record.type = "cnn";
    record.params = 25'557'032;
    record.macs = 4'089'184'256;
    record.latency.samples = {median * 0.98, median, median * 1.01, median * 1.02, median * 0.99, median * 1.4};
    record.latency.median = median;
    record.latency.ciLow = median * 0.99;
    record.latency.ciHigh = median * 1.02;
    record.throughput = static_cast<double>(batch) * 1000.0 / median;
    record.throughputLow = record.throughput * 0.98;
    record.throughputHigh = record.throughput * 1.01;
    return record;
}

Session makeSession()
{
    Session session;
    session.records = {makeRecord("a", "resnet50", 1, 50.0), makeRecord("b", "resnet50", 8, 320.0)};
    session.plot.title = "Two points";
    return session;
}

QByteArray contents(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// A font that an SVG brings with it.
struct EmbeddedFont {
    QString family;
    int weight = 0;
    QByteArray bytes;
};

std::vector<EmbeddedFont> embeddedFonts(const QByteArray& svg)
{
    static const QRegularExpression rule("@font-face \\{ font-family: \"([^\"]+)\"; font-style: \\w+; "
                                         "font-weight: (\\d+);[^}]*base64,([^)]+)\\)");
    std::vector<EmbeddedFont> fonts;
    for (auto found = rule.globalMatch(QString::fromUtf8(svg)); found.hasNext();) {
        const QRegularExpressionMatch match = found.next();
        fonts.push_back(
            {match.captured(1), match.captured(2).toInt(), QByteArray::fromBase64(match.captured(3).toLatin1())});
    }
    return fonts;
}

bool hasLetter(const EmbeddedFont& font, char32_t letter)
{
    return QRawFont(font.bytes, 16.0).supportsCharacter(letter);
}

/// Texts with a character that no font of their family and weight which the SVG brings with it has.
QStringList textWithoutFont(const QByteArray& svg)
{
    const std::vector<EmbeddedFont> fonts = embeddedFonts(svg);
    QStringList lacking;
    QXmlStreamReader reader(svg);
    while (!reader.atEnd()) {
        if (reader.readNext() != QXmlStreamReader::StartElement || reader.name() != QLatin1String("text"))
            continue;
        const QString family = reader.attributes().value("font-family").toString();
        const int weight = reader.attributes().value("font-weight").toInt();
        const QString text = reader.readElementText();
        for (const char32_t letter : text.toUcs4())
            if (std::none_of(fonts.begin(), fonts.end(), [&](const EmbeddedFont& font) {
                    return font.family == family && font.weight == weight && hasLetter(font, letter);
                }))
                lacking << QStringLiteral("%1 %2: %3").arg(family).arg(weight).arg(text);
    }
    return lacking;
}

} // namespace

class TestPlotExport : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void anSvgOpensAgainAndItsTextIsText()
    {
        const QString path = write("scatter.svg", {});
        QSvgRenderer renderer(path);
        QVERIFY(renderer.isValid());
        QCOMPARE(renderer.viewBox().size(), QSize(900, 600));
        const QByteArray svg = contents(path);
        QVERIFY(svg.contains("<text"));
        QVERIFY(svg.contains("Two points"));
        QVERIFY(svg.contains("Parameters (millions)"));
        QVERIFY(svg.contains("resnet50 · b8"));
    }

    void anSvgBringsTheLettersOfItsFontsWithIt()
    {
        const QByteArray svg = contents(write("fonts.svg", {}));
        const std::vector<EmbeddedFont> fonts = embeddedFonts(svg);
        QVERIFY(fonts.size() >= 2); // the title is bolder than the rest
        for (const EmbeddedFont& font : fonts) {
            QVERIFY2(QRawFont(font.bytes, 16.0).isValid(), qPrintable(font.family));
            QVERIFY2(!hasLetter(font, U'Q'), "more than the text needs");
        }
        QCOMPARE(textWithoutFont(svg), QStringList());
        QVERIFY2(svg.size() < 200'000, qPrintable(QString::number(svg.size())));
    }

    void lettersThatTheFontLacksComeFromAnother()
    {
        session.plot.title = "Sch\u00f6n \u221d \u6f22 <&> \"so\"";
        const QByteArray svg = contents(write("letters.svg", {}));
        session = makeSession();
        QVERIFY(QSvgRenderer(svg).isValid());
        for (const QString& text : textWithoutFont(svg)) // a machine may have no Chinese font at all
            QVERIFY2(text.contains(QChar(0x6f22)), qPrintable(text));
    }

    void outlinedLettersArePathsAndThePictureIsTheSame()
    {
        ExportOptions options;
        const QByteArray text = contents(write("text.svg", options));
        options.outlineText = true;
        const QByteArray outlines = contents(write("outlines.svg", options));
        QVERIFY(!outlines.contains("<text"));
        QVERIFY(!outlines.contains("@font-face"));
        const double apart = difference(raster(text), raster(outlines));
        QVERIFY2(apart < 0.01, qPrintable(QString::number(apart)));
    }

    void aPngHasThePixelsAskedFor()
    {
        ExportOptions options;
        options.width = 1234;
        options.height = 567;
        options.dpi = 192;
        const QImage image(write("scatter.png", options));
        QCOMPARE(image.size(), QSize(1234, 567));
        QCOMPARE(image.dotsPerMeterX(), 7559);
        QCOMPARE(image.pixelColor(1, 1), QColor(Qt::white));
    }

    void millimetresAndDpiGiveThePixels()
    {
        ExportOptions options;
        options.unit = ExportOptions::Unit::Millimetres;
        options.width = 127.0;
        options.height = 101.6;
        options.dpi = 300;
        QCOMPARE(QImage(write("print.png", options)).size(), QSize(1500, 1200));
    }

    void darkIsDarkWhateverTheWindowIs()
    {
        ExportOptions options;
        options.dark = true;
        QVERIFY(QImage(write("dark.png", options)).pixelColor(1, 1).lightness() < 60);
    }

    void aPdfIsAPdfWithTextOrWithout()
    {
        ExportOptions options;
        const QByteArray text = contents(write("scatter.pdf", options));
        QVERIFY(text.startsWith("%PDF-"));
        QVERIFY(text.contains("/FontDescriptor"));
        options.outlineText = true;
        const QByteArray outlines = contents(write("outlines.pdf", options));
        QVERIFY(outlines.startsWith("%PDF-"));
        QVERIFY(!outlines.contains("/FontDescriptor"));
    }

    void titlesCanBeEditedForTheFileAlone()
    {
        ExportOptions options;
        options.titles = PlotTitles{"For the paper", "Weights", "Speed"};
        const QByteArray svg = contents(write("titles.svg", options));
        for (const char* title : {"For the paper", "Weights", "Speed"})
            QVERIFY2(svg.contains(title), title);
        QVERIFY(!svg.contains("Two points"));
    }

    void aBadEndingOrFolderIsOneSentence()
    {
        const auto ending = exportScatter(session, session.plot, path("scatter.gif"), {});
        QVERIFY(!ending);
        QCOMPARE(ending.error().code, ErrorCode::InvalidArgument);
        QVERIFY(QString::fromStdString(ending.error().message).contains(".svg, .pdf or .png"));
        const auto missing = exportScatter(session, session.plot, path("no/such/scatter.svg"), {});
        QVERIFY(!missing);
        QCOMPARE(missing.error().code, ErrorCode::NotFound);
        QVERIFY(!exportScatter(session, session.plot, path("scatter"), {}));
    }

    void sizesThatCannotBeAreRefused()
    {
        ExportOptions options;
        options.width = 10;
        QVERIFY(!exportScatter(session, session.plot, path("tiny.svg"), options));
        options.width = 1e9;
        QVERIFY(!exportScatter(session, session.plot, path("huge.png"), options));
        options.width = 900;
        options.dpi = 0;
        QVERIFY(!exportScatter(session, session.plot, path("dpi.png"), options));
        QVERIFY(!QFile::exists(folder.filePath("tiny.svg")));
    }

    void anOverlayThatCannotBeReadIsAnError()
    {
        PlotSettings settings;
        settings.overlay = path("gone.csv").string();
        const auto result = exportScatter(session, settings, path("overlay.svg"), {});
        QVERIFY(!result);
        QVERIFY(QString::fromStdString(result.error().message).contains("gone.csv"));
    }

    void anEmptySessionStillGivesAxes()
    {
        QVERIFY(exportScatter(Session(), PlotSettings(), path("empty.svg"), {}).has_value());
        QVERIFY(QSvgRenderer(folder.filePath("empty.svg")).isValid());
    }

    void everyPlotOfTheWindowExportsAndCopies()
    {
        Document document;
        for (const Record& record : session.records)
            document.appendRecord(record);
        ScatterView scatter(&document);
        SweepView sweep(&document);
        DistributionView distribution(&document);
        for (PlotWidget* view : {static_cast<PlotWidget*>(&scatter), static_cast<PlotWidget*>(&sweep),
                                 static_cast<PlotWidget*>(&distribution)}) {
            QVERIFY(!view->isEmpty());
            const QString out = folder.filePath(view->exportName() + "-view.svg");
            QVERIFY(exportPlot(*view, out.toStdString(), {}).has_value());
            QVERIFY(QSvgRenderer(out).isValid());
            QCOMPARE(textWithoutFont(contents(out)), QStringList());
            const auto data = plotMimeData(*view, false);
            QVERIFY(data->hasImage());
            QVERIFY(QSvgRenderer(data->data("image/svg+xml")).isValid());
        }
    }

    void theDialogWritesWhatItShows()
    {
        Document document;
        for (const Record& record : session.records)
            document.appendRecord(record);
        ScatterView view(&document);
        ExportDialog dialog(&view);
        const QString out = folder.filePath("dialog");
        dialog.setChooseFile([&](const QString&) { return out; });
        dialog.findChild<QComboBox*>("exportFormat")->setCurrentIndex(int(PlotFormat::Png));
        dialog.findChild<QDoubleSpinBox*>("exportWidth")->setValue(640);
        dialog.findChild<QDoubleSpinBox*>("exportHeight")->setValue(480);
        dialog.accept();
        QCOMPARE(dialog.result(), int(QDialog::Accepted));
        QCOMPARE(QImage(out + ".png").size(), QSize(640, 480));
    }

    void theDialogSaysWhatWentWrongAndStays()
    {
        Document document;
        ScatterView view(&document);
        ExportDialog dialog(&view);
        dialog.setChooseFile([&](const QString&) { return folder.filePath("no/such/plot.svg"); });
        dialog.show();
        dialog.accept();
        QVERIFY(dialog.isVisible());
        auto* problem = dialog.findChild<QLabel*>("exportProblem");
        QVERIFY(problem->isVisible());
        QVERIFY(problem->text().contains("There is no folder"));
    }

private:
    std::filesystem::path path(const char* name) { return folder.filePath(name).toStdString(); }

    QString write(const char* name, const ExportOptions& options)
    {
        const auto result = exportScatter(session, session.plot, path(name), options);
        if (!result)
            qWarning("%s", result.error().message.c_str());
        return folder.filePath(name);
    }

    static QImage raster(const QByteArray& svg)
    {
        QImage image(900, 600, QImage::Format_RGB32);
        image.fill(Qt::white);
        QPainter painter(&image);
        QSvgRenderer(svg).render(&painter);
        return image;
    }

    /// Mean difference of two pictures' grey values, from 0 to 1.
    static double difference(const QImage& a, const QImage& b)
    {
        double sum = 0.0;
        for (int y = 0; y < a.height(); ++y)
            for (int x = 0; x < a.width(); ++x)
                sum += std::abs(qGray(a.pixel(x, y)) - qGray(b.pixel(x, y))) / 255.0;
        return sum / (a.width() * a.height());
    }

    Session session = makeSession();
    QTemporaryDir folder;
};

QTEST_MAIN(TestPlotExport)
#include "tst_plot_export.moc"
