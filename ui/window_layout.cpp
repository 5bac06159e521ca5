#include "ui/window_layout.h"

#include <QDockWidget>
#include <QHeaderView>
#include <QMainWindow>
#include <QMenu>
#include <QScreen>
#include <QSettings>
#include <QSplitter>
#include <QTableView>

#include <algorithm>

namespace lathe::ui {

namespace {

/// Raised when docks or toolbars change, so that an old state is not forced upon them.
constexpr int kStateVersion = 1;
constexpr auto kGeometryKey = "window/geometry";
constexpr auto kStateKey = "window/state";
constexpr auto kInnerGroup = "window/inner";

} // namespace

WindowLayout::WindowLayout(QMainWindow* window, const Panels& panels) : m_window(window)
{
    window->setDockNestingEnabled(true);
    m_setup = addDock("setupDock", QObject::tr("What to run"), QObject::tr("Architectures and how they are measured"),
                      panels.setup, Qt::LeftDockWidgetArea);
    m_details = addDock("detailsDock", QObject::tr("Details"), QObject::tr("The selected records"), panels.details,
                        Qt::RightDockWidgetArea);
    m_results = addDock("resultsDock", QObject::tr("Results"), QObject::tr("One row a record"), panels.results,
                        Qt::BottomDockWidgetArea);
    m_jobs = addDock("jobsDock", QObject::tr("Jobs"), QObject::tr("What runs and what waits"), panels.jobs,
                     Qt::BottomDockWidgetArea);
    m_defaults = innerStates();
}

QDockWidget* WindowLayout::addDock(const char* name, const QString& title, const QString& tip, QWidget* panel, int area)
{
    auto* dock = new QDockWidget(title, m_window);
    dock->setObjectName(QString::fromLatin1(name));
    dock->setAccessibleName(title);
    dock->toggleViewAction()->setToolTip(tip);
    dock->setWidget(panel);
    m_window->addDockWidget(static_cast<Qt::DockWidgetArea>(area), dock);
    return dock;
}

void WindowLayout::fillMenu(QMenu* menu) const
{
    for (const QDockWidget* dock : {m_setup, m_details, m_results, m_jobs})
        menu->addAction(dock->toggleViewAction());
}

void WindowLayout::setWide(bool wide)
{
    if (wide == !m_beforeWide.isEmpty())
        return;
    if (!wide) {
        m_window->restoreState(m_beforeWide, kStateVersion);
        return m_beforeWide.clear();
    }
    m_beforeWide = m_window->saveState(kStateVersion);
    for (QDockWidget* dock : {m_setup, m_details, m_results, m_jobs})
        if (!dock->isFloating())
            dock->hide();
}

void WindowLayout::save()
{
    setWide(false); // the next run begins with the panels
    QSettings settings;
    settings.setValue(kGeometryKey, m_window->saveGeometry());
    settings.setValue(kStateKey, m_window->saveState(kStateVersion));
    const QMap<QString, QByteArray> inner = innerStates();
    settings.beginGroup(kInnerGroup);
    for (auto it = inner.begin(); it != inner.end(); ++it)
        settings.setValue(it.key(), it.value());
}

void WindowLayout::restore()
{
    QSettings settings;
    if (!m_window->restoreGeometry(settings.value(kGeometryKey).toByteArray())) {
        const QSize room = m_window->screen()->availableSize();
        m_window->resize(std::min(1400, room.width()), std::min(880, room.height()));
    }
    if (!m_window->restoreState(settings.value(kStateKey).toByteArray(), kStateVersion))
        restoreDefault();
    settings.beginGroup(kInnerGroup);
    QMap<QString, QByteArray> inner;
    for (const QString& name : settings.childKeys())
        inner[name] = settings.value(name).toByteArray();
    applyInner(inner);
}

QMap<QString, QByteArray> WindowLayout::innerStates() const
{
    QMap<QString, QByteArray> states;
    for (const auto* table : m_window->findChildren<QTableView*>())
        states[table->objectName()] = table->horizontalHeader()->saveState();
    for (const auto* splitter : m_window->findChildren<QSplitter*>())
        states[splitter->objectName()] = splitter->saveState();
    return states;
}

void WindowLayout::applyInner(const QMap<QString, QByteArray>& states) const
{
    for (const auto* table : m_window->findChildren<QTableView*>())
        if (states.contains(table->objectName()))
            table->horizontalHeader()->restoreState(states[table->objectName()]);
    for (auto* splitter : m_window->findChildren<QSplitter*>())
        if (states.contains(splitter->objectName()))
            splitter->restoreState(states[splitter->objectName()]);
}

void WindowLayout::restoreDefault()
{
    const std::pair<QDockWidget*, Qt::DockWidgetArea> places[] = {{m_setup, Qt::LeftDockWidgetArea},
                                                                  {m_details, Qt::RightDockWidgetArea},
                                                                  {m_results, Qt::BottomDockWidgetArea},
                                                                  {m_jobs, Qt::BottomDockWidgetArea}};
    for (const auto& [dock, area] : places) {
        dock->setFloating(false);
        m_window->removeDockWidget(dock);
        m_window->addDockWidget(area, dock);
        dock->show();
    }
    m_window->splitDockWidget(m_results, m_jobs, Qt::Horizontal);
    const int width = m_window->width();
    const int height = m_window->height();
    m_window->resizeDocks({m_setup, m_details},
                          {std::clamp(width * 28 / 100, 320, 480), std::clamp(width * 22 / 100, 240, 400)},
                          Qt::Horizontal);
    m_window->resizeDocks({m_results}, {std::clamp(height * 27 / 100, 170, 320)}, Qt::Vertical);
    m_window->resizeDocks({m_results, m_jobs}, {width * 66 / 100, width * 34 / 100}, Qt::Horizontal);
    applyInner(m_defaults);
}

} // namespace lathe::ui
