#pragma once

#include <QObject>

class QLineEdit;

namespace lathe::ui {

class PlotCanvas;

/// A double click on an axis title, or on the plot's title, puts a line editor in its place.
class TitleEditor : public QObject {
    Q_OBJECT

public:
    explicit TitleEditor(PlotCanvas* canvas);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    enum class Part { None, Plot, X, Y };
    Part partAt(const QPointF& pixel) const;
    void edit(Part part);
    void finish(bool keep);

    PlotCanvas* m_canvas;
    QLineEdit* m_editor = nullptr;
    Part m_part = Part::None;
};

} // namespace lathe::ui
