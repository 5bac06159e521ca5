#include "ui/choose/answer_label.h"

#include <QRegularExpression>

#include "ui/format.h"

namespace lathe::ui {

namespace {

/// "x^−0.62" with its exponent raised.
QString withPowers(QString text)
{
    static const QRegularExpression power(QStringLiteral("\\^(−?[0-9.]*[0-9])"));
    return text.replace(power, QStringLiteral("<sup>\\1</sup>"));
}

} // namespace

AnswerLabel::AnswerLabel(QWidget* parent) : QLabel(parent)
{
    setWordWrap(true);
    setTextFormat(Qt::RichText);
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    setFocusPolicy(Qt::StrongFocus);
    setAlignment(Qt::AlignTop | Qt::AlignLeft);
    setContentsMargins(8, 4, 8, 4);
}

void AnswerLabel::setSentences(const std::vector<std::string>& sentences, bool firstStandsOut)
{
    QString html;
    for (std::size_t i = 0; i < sentences.size(); ++i) {
        const QString text = withPowers(escaped(sentences[i]));
        html += QStringLiteral("<p style=\"margin:0 0 3px 0\">%1</p>")
                    .arg(i == 0 && firstStandsOut ? QStringLiteral("<b>%1</b>").arg(text) : text);
    }
    setText(html);
    setVisible(!sentences.empty());
}

} // namespace lathe::ui
