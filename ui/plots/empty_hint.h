#pragma once

#include <QFrame>

class QLabel;

namespace lathe::ui {

/// What an empty view shows instead: what to do first, and perhaps a button that does it.
class EmptyHint : public QFrame {
    Q_OBJECT

public:
    explicit EmptyHint(const QString& text, const QString& button = {}, QWidget* parent = nullptr);

    void setText(const QString& text);

Q_SIGNALS:
    void buttonClicked();

private:
    QLabel* m_text;
};

} // namespace lathe::ui
