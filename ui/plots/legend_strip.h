#pragma once

#include <QWidget>

#include <vector>

#include "ui/plots/plot_legend.h"

namespace lathe::ui {

/// Where the entries of a legend beside its plots go, in pixels from its corner: in rows, as words in lines.
struct StripLayout {
    std::vector<QRectF> cells; ///< of the first entries
    QRectF more;               ///< "and 5 more"; null where all have room
    int height = 0;
};

StripLayout layoutStrip(const std::vector<LegendEntry>& entries, const QFont& font, int width, int mostRows);

void drawStrip(QPainter& painter, const std::vector<LegendEntry>& entries, const StripLayout& layout,
               const PlotTheme& theme);

/// In an export: the background and all entries, in as few rows as they take up to two; returns the height.
int drawStripAbove(QPainter& painter, const std::vector<LegendEntry>& entries, const PlotTheme& theme, int width);

/// A legend outside its plots, so that it covers none of their data, of at most four rows. A click on an entry
/// toggles its series; a click on "and 5 more", the right button or the keyboard opens a menu of all.
class LegendStrip : public QWidget {
    Q_OBJECT

public:
    explicit LegendStrip(QWidget* parent = nullptr);

    void setEntries(const std::vector<LegendEntry>& entries, const PlotTheme& theme);
    const std::vector<LegendEntry>& entries() const { return m_entries; }
    QRectF entryRect(const QString& key) const; ///< empty for one without room

    int heightForWidth(int width) const override;
    QSize sizeHint() const override;

Q_SIGNALS:
    void clicked(const QString& key);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    StripLayout layoutNow() const;
    void showMenu(const QPoint& globalPosition);

    std::vector<LegendEntry> m_entries;
    PlotTheme m_theme;
};

} // namespace lathe::ui
