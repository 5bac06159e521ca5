#include "ui/plots/scatter_controls.h"

#include <QAction>
#include <QActionGroup>
#include <QComboBox>
#include <QMenu>
#include <QSignalBlocker>
#include <QToolButton>

#include "core/analysis/quantity.h"
#include "ui/flow_layout.h"
#include "ui/icons.h"
#include "ui/plots/figure_text.h"
#include "ui/plots/plot_controls.h"

namespace lathe::ui {

namespace {

QString nameOf(Quantity quantity)
{
    return QString::fromStdString(std::string(quantityName(quantity)));
}

/// A button or an action.
template <class Switch> void check(Switch* one, bool on)
{
    const QSignalBlocker quiet(one);
    one->setChecked(on);
}

} // namespace

ScatterControls::ScatterControls(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("scatterControls"));
    auto* layout = new FlowLayout(this);
    layout->setContentsMargins(6, 4, 6, 4);
    addAxis(tr("&X"), QStringLiteral("scatterX"), m_x, m_xLog);
    addAxis(tr("&Y"), QStringLiteral("scatterY"), m_y, m_yLog);
    addColourAndSize();
    addShowMenu();
    addTools();
    addFit();
    addOverlayMenu();
    connectEdits();
    setSettings(PlotSettings());
}

QComboBox* ScatterControls::addCombo(const QString& label, const QString& name, const QString& tip)
{
    return addLabelledCombo(*this, label, name, tip);
}

QToolButton* ScatterControls::addToggle(const QString& text, const QString& name, const QString& tip)
{
    return addTextButton(*this, text, name, tip, true);
}

QToolButton* ScatterControls::addMenuButton(const QString& text, const QString& name, const QString& tip)
{
    QToolButton* button = addTextButton(*this, text, name, tip, false);
    button->setPopupMode(QToolButton::InstantPopup);
    button->setMenu(new QMenu(button));
    button->menu()->setToolTipsVisible(true);
    return button;
}

void ScatterControls::addAxis(const QString& label, const QString& name, QComboBox*& combo, QToolButton*& log)
{
    const QString axis = QString(label).remove(QLatin1Char('&')).toLower();
    combo = addCombo(label, name + QStringLiteral("Quantity"), tr("What the %1 axis shows").arg(axis));
    for (const Quantity quantity : allQuantities())
        combo->addItem(quantityTitle(quantity), nameOf(quantity));
    keepNarrow(combo, 10);
    log = addToggle(tr("log"), name + QStringLiteral("Log"), tr("Logarithmic %1 axis").arg(axis));
    combo->parentWidget()->layout()->addWidget(log);
}

void ScatterControls::addColourAndSize()
{
    m_colour = addCombo(tr("&Colour"), QStringLiteral("scatterColour"), tr("What colours tell apart"));
    m_colour->addItem(tr("Type"), QStringLiteral("type"));
    m_colour->addItem(tr("Family"), QStringLiteral("family"));
    m_colour->addItem(tr("Mode"), QStringLiteral("mode"));
    m_colour->addItem(tr("Scheme"), QStringLiteral("scheme"));
    m_colour->addItem(tr("Machine"), QStringLiteral("machine"));
    m_size = addCombo(tr("Si&ze"), QStringLiteral("scatterSize"), tr("What the area of a marker shows"));
    m_size->addItem(tr("All alike"), QString());
    for (const Quantity quantity : allQuantities())
        m_size->addItem(quantityTitle(quantity), nameOf(quantity));
    keepNarrow(m_size, 10);
}

void ScatterControls::addShowMenu()
{
    QMenu* menu =
        addMenuButton(tr("Show"), QStringLiteral("scatterShow"), tr("What is drawn besides the points"))->menu();
    const auto add = [&](const QString& text, const char* name, const QString& tip) {
        QAction* action = menu->addAction(text);
        action->setObjectName(QLatin1String(name));
        action->setToolTip(tip);
        action->setCheckable(true);
        return action;
    };
    m_labels = add(tr("&Labels"), "scatterLabels", tr("Name the points"));
    m_intervals = add(tr("&Intervals"), "scatterIntervals", tr("95 % intervals of the median as whiskers"));
    m_front = add(tr("&Pareto front"), "scatterFront", tr("What no other point beats on both axes"));
    m_trend = add(tr("&Trends"), "scatterTrend",
                  tr("A power law for each type of at least three points, with its exponent, R² and 95 % band"));
    m_arrows = add(tr("&Arrows"), "scatterArrows", tr("From each network to its compressed self"));
}

void ScatterControls::addTools()
{
    auto* group = new QActionGroup(this);
    const auto add = [&](const QString& text, const QString& name, const QString& icon, const QString& tip,
                         PlotNavigation::Tool tool) {
        QToolButton* button = addToggle(text, name, tip);
        auto* action = new QAction(symbol(icon), text, group);
        action->setCheckable(true);
        action->setToolTip(tip);
        action->setChecked(tool == PlotNavigation::Tool::Zoom);
        button->setDefaultAction(action);
        button->setToolButtonStyle(Qt::ToolButtonIconOnly);
        connect(action, &QAction::triggered, this, [this, tool] { Q_EMIT toolChosen(tool); });
    };
    add(tr("Zoom"), QStringLiteral("scatterToolZoom"), QStringLiteral("zoom"),
        tr("Zoom: drag a rectangle; with Shift it selects"), PlotNavigation::Tool::Zoom);
    add(tr("Select"), QStringLiteral("scatterToolRectangle"), QStringLiteral("select"),
        tr("Select: drag a rectangle; Ctrl adds"), PlotNavigation::Tool::Rectangle);
    add(tr("Lasso"), QStringLiteral("scatterToolLasso"), QStringLiteral("lasso"),
        tr("Lasso: draw around points to select them; Ctrl adds"), PlotNavigation::Tool::Lasso);
}

void ScatterControls::addFit()
{
    QToolButton* fit = addTextButton(*this, tr("Fit"), QStringLiteral("scatterFit"),
                                     tr("Fit: show all points (Home, double click)"), false);
    fit->setIcon(symbol(QStringLiteral("fit")));
    fit->setToolButtonStyle(Qt::ToolButtonIconOnly);
    connect(fit, &QToolButton::clicked, this, &ScatterControls::fitRequested);
}

void ScatterControls::addOverlayMenu()
{
    QMenu* menu = addMenuButton(tr("Overlay"), QStringLiteral("scatterOverlay"),
                                tr("Put a published timm benchmark table behind your own points"))
                      ->menu();
    QAction* open = menu->addAction(tr("&Open a timm benchmark table…"), this, &ScatterControls::openOverlayRequested);
    open->setObjectName(QStringLiteral("scatterOverlayOpen"));
    m_accuracy = menu->addAction(tr("Add its &accuracy table…"), this, &ScatterControls::accuracyRequested);
    m_accuracy->setObjectName(QStringLiteral("scatterOverlayAccuracy"));
    m_clear = menu->addAction(tr("&Clear the overlay"), this, &ScatterControls::clearOverlayRequested);
    m_clear->setObjectName(QStringLiteral("scatterOverlayClear"));
}

void ScatterControls::connectEdits()
{
    const auto onChoice = [this](QComboBox* combo, const QString& what) {
        connect(combo, &QComboBox::currentIndexChanged, this, [this, what] { edit(what); });
    };
    const auto onToggle = [this]<class Switch>(Switch* one, const QString& what) {
        connect(one, &Switch::toggled, this, [this, what] { edit(what); });
    };
    onChoice(m_x, tr("Change the x axis"));
    onChoice(m_y, tr("Change the y axis"));
    onChoice(m_colour, tr("Change the colours"));
    onChoice(m_size, tr("Change the marker size"));
    onToggle(m_xLog, tr("Change the x scale"));
    onToggle(m_yLog, tr("Change the y scale"));
    onToggle(m_labels, tr("Show or hide labels"));
    onToggle(m_intervals, tr("Show or hide intervals"));
    onToggle(m_front, tr("Show or hide the front"));
    onToggle(m_trend, tr("Show or hide trends"));
    onToggle(m_arrows, tr("Show or hide arrows"));
}

void ScatterControls::setSettings(const PlotSettings& settings)
{
    m_settings = settings;
    setCombo(m_x, settings.x);
    setCombo(m_y, settings.y);
    setCombo(m_colour, settings.colour);
    setCombo(m_size, settings.size);
    check(m_xLog, settings.xLog);
    check(m_yLog, settings.yLog);
    check(m_labels, settings.labels);
    check(m_intervals, settings.intervals);
    check(m_front, settings.front);
    check(m_trend, settings.trend);
    check(m_arrows, settings.arrows);
    m_accuracy->setEnabled(!settings.overlay.empty());
    m_clear->setEnabled(!settings.overlay.empty());
}

void ScatterControls::edit(const QString& what)
{
    PlotSettings next = m_settings;
    next.x = valueOf(m_x);
    next.y = valueOf(m_y);
    // A title of the user's own says what the old quantity was.
    if (next.x != m_settings.x)
        next.xTitle.clear();
    if (next.y != m_settings.y)
        next.yTitle.clear();
    next.colour = valueOf(m_colour);
    next.size = valueOf(m_size);
    next.xLog = m_xLog->isChecked();
    next.yLog = m_yLog->isChecked();
    next.labels = m_labels->isChecked();
    next.intervals = m_intervals->isChecked();
    next.front = m_front->isChecked();
    next.trend = m_trend->isChecked();
    next.arrows = m_arrows->isChecked();
    m_settings = next;
    Q_EMIT edited(next, what);
}

} // namespace lathe::ui
