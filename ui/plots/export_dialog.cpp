#include "ui/plots/export_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>

namespace lathe::ui {

namespace {

constexpr double kMillimetresPerPixel = 25.4 / 96.0;
constexpr QSize kPreview(420, 320);

QString ending(PlotFormat format)
{
    switch (format) {
    case PlotFormat::Svg:
        return QStringLiteral("svg");
    case PlotFormat::Pdf:
        return QStringLiteral("pdf");
    case PlotFormat::Png:
        return QStringLiteral("png");
    }
    return {};
}

template <class Widget> Widget* named(Widget* widget, const char* name, const QString& tip)
{
    widget->setObjectName(QLatin1String(name));
    widget->setToolTip(tip);
    widget->setAccessibleName(tip);
    return widget;
}

} // namespace

class ExportDialog::Private {
public:
    Private(ExportDialog* dialog, const ExportSource* plot) : q(dialog), source(plot) {}

    ExportDialog* q;
    const ExportSource* source;
    QComboBox* format = nullptr;
    QDoubleSpinBox* width = nullptr;
    QDoubleSpinBox* height = nullptr;
    QComboBox* unit = nullptr;
    QSpinBox* dpi = nullptr;
    QComboBox* look = nullptr;
    QComboBox* text = nullptr;
    QLineEdit* plotTitle = nullptr;
    QLineEdit* xTitle = nullptr;
    QLineEdit* yTitle = nullptr;
    QLabel* preview = nullptr;
    QLabel* problem = nullptr;
    QTimer later; ///< so that typing does not wait for the preview
    ChooseFile choose;

    void build();
    void addSize(QFormLayout& form);
    void addLook(QFormLayout& form);
    void addTitles(QFormLayout& form);
    void connectChanges();
    void changeUnit();
    void enable();
    void drawPreview();
    ExportOptions::Unit chosenUnit() const { return static_cast<ExportOptions::Unit>(unit->currentIndex()); }
    bool say(const Result<void>& result);
};

void ExportDialog::Private::build()
{
    auto* form = new QFormLayout;
    format = named(new QComboBox(q), "exportFormat", tr("Kind of file"));
    format->addItems({tr("SVG (vector, for the web and slides)"), tr("PDF (vector, for papers)"), tr("PNG (pixels)")});
    form->addRow(tr("&Format"), format);
    addSize(*form);
    addLook(*form);
    addTitles(*form);

    preview = named(new QLabel(q), "exportPreview", tr("Preview of the plot"));
    preview->setFixedSize(kPreview);
    preview->setAlignment(Qt::AlignCenter);
    preview->setFrameShape(QFrame::StyledPanel);
    problem = named(new QLabel(q), "exportProblem", tr("What went wrong"));
    problem->setWordWrap(true);
    problem->hide();
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Save | QDialogButtonBox::Cancel, q);
    buttons->button(QDialogButtonBox::Save)->setText(tr("&Save as…"));
    connect(buttons, &QDialogButtonBox::accepted, q, &ExportDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, q, &ExportDialog::reject);

    auto* columns = new QHBoxLayout;
    columns->addLayout(form, 1);
    columns->addWidget(preview);
    auto* layout = new QVBoxLayout(q);
    layout->addLayout(columns);
    layout->addWidget(problem);
    layout->addWidget(buttons);
}

void ExportDialog::Private::addSize(QFormLayout& form)
{
    const auto side = [this](const char* name, const QString& tip, int pixels) {
        auto* box = named(new QDoubleSpinBox(q), name, tip);
        box->setDecimals(0);
        box->setRange(5.0, 20000.0);
        box->setValue(pixels);
        return box;
    };
    const QSize shown = source->shownSize();
    width = side("exportWidth", tr("Width"), std::max(300, shown.width()));
    height = side("exportHeight", tr("Height"), std::max(200, shown.height()));
    unit = named(new QComboBox(q), "exportUnit", tr("Unit of width and height"));
    unit->addItems({tr("pixels"), tr("mm")});
    auto* row = new QHBoxLayout;
    row->addWidget(width, 1);
    row->addWidget(new QLabel(QStringLiteral("×"), q));
    row->addWidget(height, 1);
    row->addWidget(unit);
    auto* label = new QLabel(tr("&Size"), q);
    label->setBuddy(width); // a row that is a layout gets none by itself
    form.addRow(label, row);
    dpi = named(new QSpinBox(q), "exportDpi", tr("Pixels an inch of a PNG: more make letters larger in pixels"));
    dpi->setRange(24, 2400);
    dpi->setValue(96);
    form.addRow(tr("&DPI"), dpi);
}

void ExportDialog::Private::addLook(QFormLayout& form)
{
    look = named(new QComboBox(q), "exportLook", tr("Light or dark, whatever the window is"));
    look->addItems({tr("Light"), tr("Dark")});
    form.addRow(tr("&Look"), look);
    text = named(new QComboBox(q), "exportText", tr("How letters are kept in SVG and PDF"));
    text->addItems({tr("Text in embedded fonts (can be searched)"), tr("Outlines (look the same everywhere)")});
    form.addRow(tr("L&etters"), text);
}

void ExportDialog::Private::addTitles(QFormLayout& form)
{
    const PlotTitles titles = source->titles();
    plotTitle = named(new QLineEdit(titles.plot, q), "exportTitle", tr("Title of the plot"));
    xTitle = named(new QLineEdit(titles.x, q), "exportXTitle", tr("Title of the x axis"));
    yTitle = named(new QLineEdit(titles.y, q), "exportYTitle", tr("Title of the y axis"));
    yTitle->setEnabled(!titles.y.isEmpty());
    form.addRow(tr("&Title"), plotTitle);
    form.addRow(tr("&X axis"), xTitle);
    form.addRow(tr("&Y axis"), yTitle);
}

void ExportDialog::Private::connectChanges()
{
    const auto changed = [this] {
        enable();
        later.start();
    };
    for (QComboBox* box : {format, look, text})
        connect(box, &QComboBox::currentIndexChanged, q, changed);
    connect(unit, &QComboBox::currentIndexChanged, q, [this] { changeUnit(); });
    for (QDoubleSpinBox* box : {width, height})
        connect(box, &QDoubleSpinBox::valueChanged, q, changed);
    connect(dpi, &QSpinBox::valueChanged, q, changed);
    for (QLineEdit* edit : {plotTitle, xTitle, yTitle})
        connect(edit, &QLineEdit::textChanged, q, changed);
    later.setSingleShot(true);
    later.setInterval(150);
    connect(&later, &QTimer::timeout, q, [this] { drawPreview(); });
}

void ExportDialog::Private::changeUnit()
{
    const bool toMillimetres = chosenUnit() == ExportOptions::Unit::Millimetres;
    const double factor = toMillimetres ? kMillimetresPerPixel : 1.0 / kMillimetresPerPixel;
    width->setValue(width->value() * factor);
    height->setValue(height->value() * factor);
    if (toMillimetres && dpi->value() == 96)
        dpi->setValue(300); // what is measured in millimetres will be printed
    else if (!toMillimetres && dpi->value() == 300)
        dpi->setValue(96);
    later.start();
}

void ExportDialog::Private::enable()
{
    const bool pixels = q->format() == PlotFormat::Png;
    dpi->setEnabled(pixels);
    text->setEnabled(!pixels);
    problem->hide();
}

void ExportDialog::Private::drawPreview()
{
    // The same proportions and the same size of text against the plot, in few pixels.
    ExportOptions options = q->options();
    const auto bytes = encodePlot(*source, PlotFormat::Png, [&] {
        ExportOptions small = options;
        const bool png = q->format() == PlotFormat::Png;
        if (options.unit == ExportOptions::Unit::Pixels && png) {
            small.width *= 96.0 / options.dpi;
            small.height *= 96.0 / options.dpi;
        }
        small.dpi = 96;
        return small;
    }());
    if (!bytes) {
        say(tl::unexpected(bytes.error()));
        return;
    }
    QPixmap image;
    image.loadFromData(*bytes, "PNG");
    preview->setPixmap(image.scaled(kPreview - QSize(8, 8), Qt::KeepAspectRatio, Qt::SmoothTransformation));
}

bool ExportDialog::Private::say(const Result<void>& result)
{
    if (!result)
        problem->setText(QString::fromStdString(result.error().message));
    problem->setVisible(!result);
    return result.has_value();
}

ExportDialog::ExportDialog(const ExportSource* source, QWidget* parent)
    : QDialog(parent), d(std::make_unique<Private>(this, source))
{
    setObjectName(QStringLiteral("exportDialog"));
    setWindowTitle(tr("Export plot"));
    d->choose = [this](const QString& proposed) {
        const QString kind = ending(format());
        return QFileDialog::getSaveFileName(this, tr("Export plot"), proposed,
                                            QStringLiteral("%1 (*.%2)").arg(kind.toUpper(), kind));
    };
    d->build();
    d->connectChanges();
    d->enable();
    d->drawPreview();
}

ExportDialog::~ExportDialog() = default;

ExportOptions ExportDialog::options() const
{
    ExportOptions options;
    options.width = d->width->value();
    options.height = d->height->value();
    options.unit = d->chosenUnit();
    options.dpi = d->dpi->value();
    options.dark = d->look->currentIndex() == 1;
    options.outlineText = d->text->currentIndex() == 1;
    options.titles = PlotTitles{d->plotTitle->text(), d->xTitle->text(), d->yTitle->text()};
    return options;
}

PlotFormat ExportDialog::format() const
{
    return static_cast<PlotFormat>(d->format->currentIndex());
}

void ExportDialog::setChooseFile(ChooseFile choose)
{
    d->choose = std::move(choose);
}

void ExportDialog::accept()
{
    const QString kind = ending(format());
    QString path = d->choose(d->source->exportName() + QLatin1Char('.') + kind);
    if (path.isEmpty())
        return;
    if (!path.endsWith(QLatin1Char('.') + kind, Qt::CaseInsensitive))
        path += QLatin1Char('.') + kind;
    if (d->say(exportPlot(*d->source, std::filesystem::path(path.toStdString()), options())))
        QDialog::accept();
}

} // namespace lathe::ui
