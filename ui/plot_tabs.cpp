#include "ui/plot_tabs.h"

#include <QEvent>
#include <QMenu>
#include <QTabBar>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

#include "ui/controls.h"
#include "ui/plots/plot_widget.h"

namespace lathe::ui {

PlotTabs::PlotTabs(QWidget* parent) : QTabWidget(parent)
{
    setObjectName("plotTabs");
    setAccessibleName(tr("Plots"));
    setDocumentMode(true);
    setCornerWidget(makeList());
    tabBar()->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(tabBar(), &QTabBar::customContextMenuRequested, this, &PlotTabs::showTabMenu);
    connect(this, &QTabWidget::tabBarDoubleClicked, this, &PlotTabs::tearOff);
}

PlotTabs::~PlotTabs()
{
    for (Entry& entry : m_entries)
        delete entry.window; // with its plot
}

void PlotTabs::addPlot(PlotWidget* plot, const QString& title, const QString& tooltip)
{
    m_entries.append({plot, title, tooltip});
    setTabToolTip(addTab(plot, title), tooltip);
    connect(plot, &PlotWidget::exportRequested, this, [this, plot] { Q_EMIT exportRequested(plot); });
    connect(plot, &PlotWidget::copyRequested, this, [this, plot] { Q_EMIT copyRequested(plot); });
}

PlotWidget* PlotTabs::currentPlot() const
{
    for (const Entry& entry : m_entries)
        if (entry.window && entry.window->isActiveWindow())
            return entry.plot;
    return qobject_cast<PlotWidget*>(currentWidget());
}

void PlotTabs::tearOff(int index)
{
    auto* plot = qobject_cast<PlotWidget*>(widget(index));
    const auto entry = std::find_if(m_entries.begin(), m_entries.end(), [&](const Entry& e) { return e.plot == plot; });
    if (!plot || entry == m_entries.end())
        return;
    const QSize size = plot->size();
    removeTab(index);
    auto* window = new QWidget(this, Qt::Window);
    window->setObjectName("plotWindow");
    window->setWindowTitle(tr("%1 — Lathe").arg(entry->title));
    auto* layout = new QVBoxLayout(window);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(plot);
    entry->window = window;
    window->installEventFilter(this);
    plot->show();
    window->resize(size);
    window->show();
}

void PlotTabs::bringAllBack()
{
    for (const Entry& entry : m_entries)
        bringBack(entry.plot);
}

void PlotTabs::bringToFront(PlotWidget* plot)
{
    for (const Entry& entry : m_entries)
        if (entry.plot == plot && entry.window) {
            entry.window->raise();
            return entry.window->activateWindow();
        }
    setCurrentWidget(plot);
}

void PlotTabs::bringBack(PlotWidget* plot)
{
    int place = 0; // among the tabs that are here
    for (Entry& entry : m_entries) {
        if (entry.plot != plot) {
            place += entry.window ? 0 : 1;
            continue;
        }
        if (!entry.window)
            return;
        QWidget* window = std::exchange(entry.window, nullptr);
        setTabToolTip(insertTab(place, plot, entry.title), entry.tooltip);
        setCurrentWidget(plot);
        window->removeEventFilter(this);
        window->hide();
        window->deleteLater();
        return;
    }
}

QToolButton* PlotTabs::makeList()
{
    auto* button = new QToolButton(this);
    describeControl(button, "plotList", tr("All plots"), tr("All plots, also those whose tab has no room"));
    button->setText(QStringLiteral("▾"));
    button->setAutoRaise(true);
    button->setPopupMode(QToolButton::InstantPopup);
    auto* list = new QMenu(button);
    connect(list, &QMenu::aboutToShow, this, [this, list] { fillList(list); });
    button->setMenu(list);
    return button;
}

void PlotTabs::fillList(QMenu* list)
{
    list->clear();
    for (const Entry& entry : m_entries) {
        QAction* action = list->addAction(entry.title, this, [this, plot = entry.plot] { bringToFront(plot); });
        action->setCheckable(true);
        action->setChecked(entry.plot == currentWidget());
        action->setToolTip(entry.tooltip);
    }
}

void PlotTabs::showTabMenu(const QPoint& where)
{
    const int index = tabBar()->tabAt(where);
    if (index < 0)
        return;
    QMenu menu(this);
    menu.addAction(tr("Open in a window of its own"), this, [this, index] { tearOff(index); });
    menu.exec(tabBar()->mapToGlobal(where));
}

bool PlotTabs::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::Close)
        for (const Entry& entry : m_entries)
            if (entry.window == watched) {
                bringBack(entry.plot);
                break;
            }
    return QTabWidget::eventFilter(watched, event);
}

} // namespace lathe::ui
