#include "ui/plots/empty_hint.h"

#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace lathe::ui {

EmptyHint::EmptyHint(const QString& text, const QString& button, QWidget* parent)
    : QFrame(parent), m_text(new QLabel(text, this))
{
    setObjectName(QStringLiteral("emptyHint"));
    setAutoFillBackground(true);
    setBackgroundRole(QPalette::Base);
    m_text->setWordWrap(true);
    m_text->setAlignment(Qt::AlignCenter);
    m_text->setForegroundRole(QPalette::Text);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(32, 24, 32, 24);
    layout->setSpacing(14);
    layout->addStretch();
    layout->addWidget(m_text);
    if (!button.isEmpty()) {
        auto* push = new QPushButton(button, this);
        push->setObjectName(QStringLiteral("emptyHintButton"));
        push->setToolTip(button);
        connect(push, &QPushButton::clicked, this, &EmptyHint::buttonClicked);
        layout->addWidget(push, 0, Qt::AlignHCenter);
    }
    layout->addStretch();
}

void EmptyHint::setText(const QString& text)
{
    m_text->setText(text);
}

} // namespace lathe::ui
