#include "ui/recipe/step_form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QJsonArray>
#include <QLineEdit>
#include <QVBoxLayout>

#include <vector>

#include "ui/controls.h"

namespace lathe::ui {

namespace {

enum class Kind { Number, Text, List, Choice, Flag };

struct Field {
    const char* steps; ///< that have it
    const char* key;
    Kind kind;
    const char* label;
    const char* usual; ///< shown while it is empty
    const char* tip;
    std::vector<const char*> choices = {}; ///< the first is what it is without
};

const std::vector<Field>& fields()
{
    static const std::vector<Field> all{
        {"distil", "student", Kind::Text, QT_TR_NOOP("Student"), QT_TR_NOOP("such as convnet:8,16,32"),
         QT_TR_NOOP("The network so far teaches it, and it goes on in its place: an architecture or a model file")},
        {"distil", "teacher", Kind::Text, QT_TR_NOOP("Or teacher"), QT_TR_NOOP("a model file"),
         QT_TR_NOOP("It teaches the network so far")},
        {"distil", "temperature", Kind::Number, QT_TR_NOOP("Temperature"), "4",
         QT_TR_NOOP("Softens the answers of teacher and student")},
        {"distil", "alpha", Kind::Number, QT_TR_NOOP("Teacher's weight"), "0.9",
         QT_TR_NOOP("Share of the teacher's loss; the labels have the rest")},
        {"distil",
         "loss",
         Kind::Choice,
         QT_TR_NOOP("Learns"),
         "",
         QT_TR_NOOP("What is learnt from the teacher"),
         {"soft-labels", "logits", "hard-labels"}},
        {"prune", "amount", Kind::List, QT_TR_NOOP("Amounts"), "0.5",
         QT_TR_NOOP("Share that goes, above 0 and below 1; several, such as 0.3, 0.5, 0.7, are tried each by itself")},
        {"prune",
         "kind",
         Kind::Choice,
         QT_TR_NOOP("Of the"),
         "",
         QT_TR_NOOP("Channels: the network gets smaller. Weights: masks, which leave zeros where they were"),
         {"channels", "weights"}},
        {"prune",
         "criterion",
         Kind::Choice,
         QT_TR_NOOP("Criterion"),
         "",
         QT_TR_NOOP("What is least important: of channels l2 is usual, of weights l1 and random are possible"),
         {"usual", "l1", "l2", "bn-scale", "taylor", "random"}},
        {"prune",
         "scope",
         Kind::Choice,
         QT_TR_NOOP("Scope"),
         "",
         QT_TR_NOOP("Each layer loses the amount, or all of them together"),
         {"layer", "global"}},
        {"prune", "exclude", Kind::List, QT_TR_NOOP("But not"), QT_TR_NOOP("layers, such as fc"),
         QT_TR_NOOP("Layers that stay as they are: names, also with * and ?")},
        {"quantize", "scheme", Kind::List, QT_TR_NOOP("Schemes"), "static",
         QT_TR_NOOP("static, dynamic or weight-only; several are tried each by itself")},
        {"quantize", "images", Kind::Number, QT_TR_NOOP("Images"), "512",
         QT_TR_NOOP("Training images that the grids of activations are found on")},
        {"quantize",
         "observer",
         Kind::Choice,
         QT_TR_NOOP("Observer"),
         "",
         QT_TR_NOOP("How a grid is found for activations"),
         {"mse", "minmax", "percentile", "entropy"}},
        {"quantize", "keep", Kind::List, QT_TR_NOOP("In float32"), QT_TR_NOOP("layers, such as conv1"),
         QT_TR_NOOP("Layers that stay in float32")},
        {"quantize", "equalize", Kind::Flag, QT_TR_NOOP("Equalize"), "",
         QT_TR_NOOP("Even out the ranges of channels across layers first")},
        {"quantize", "bias_correction", Kind::Flag, QT_TR_NOOP("Correct biases"), "",
         QT_TR_NOOP("Take the shift of each layer's mean off its bias")},
        {"train distil fine-tune", "epochs", Kind::Number, QT_TR_NOOP("Epochs"), QT_TR_NOOP("the usual"),
         QT_TR_NOOP("Times that all images are trained on: 10 are usual, 3 of fine-tuning")},
        {"train distil fine-tune", "learning_rate", Kind::Number, QT_TR_NOOP("Learning rate"), QT_TR_NOOP("the usual"),
         QT_TR_NOOP("The highest of the schedule")},
        {"train distil fine-tune", "batch", Kind::Number, QT_TR_NOOP("Batch"), QT_TR_NOOP("the usual"),
         QT_TR_NOOP("Images in one update of the weights")},
        {"train distil fine-tune",
         "optimizer",
         Kind::Choice,
         QT_TR_NOOP("Optimizer"),
         "",
         QT_TR_NOOP("How gradients change the weights"),
         {"usual", "sgd", "adam", "adamw"}},
        {"train distil fine-tune",
         "augment",
         Kind::Choice,
         QT_TR_NOOP("Augmentation"),
         "",
         QT_TR_NOOP("Random changes to the training images"),
         {"usual", "none", "crop", "flip", "crop,flip"}},
        {"distil", "views", Kind::Number, QT_TR_NOOP("Views"), "0",
         QT_TR_NOOP("With augmentation: changed versions of each image that the teacher answers to")},
        {"train distil", "patience", Kind::Number, QT_TR_NOOP("Patience"), QT_TR_NOOP("all epochs"),
         QT_TR_NOOP("Ends after that many epochs without a better validation accuracy")},
    };
    return all;
}

bool isOf(const Field& field, const QString& step)
{
    return QString::fromLatin1(field.steps).split(QLatin1Char(' ')).contains(step);
}

/// As it is written: a number where it is one.
QJsonValue valueFrom(const QString& text)
{
    bool isNumber = false;
    const double number = text.toDouble(&isNumber);
    return isNumber ? QJsonValue(number) : QJsonValue(text);
}

/// Nothing where there is nothing.
QJsonValue valueFrom(const QString& text, Kind kind)
{
    if (text.trimmed().isEmpty())
        return QJsonValue::Undefined;
    if (kind == Kind::Text)
        return text.trimmed();
    if (kind == Kind::Number)
        return valueFrom(text.trimmed());
    QJsonArray list;
    for (const QString& part : text.split(QLatin1Char(','), Qt::SkipEmptyParts))
        if (!part.trimmed().isEmpty())
            list.append(valueFrom(part.trimmed()));
    return list;
}

QString textOf(const QJsonValue& value)
{
    if (!value.isArray())
        return value.isDouble() ? QString::number(value.toDouble(), 'g', 10) : value.toString();
    QStringList parts;
    for (const QJsonValue& part : value.toArray())
        parts << textOf(part);
    return parts.join(QStringLiteral(", "));
}

} // namespace

StepForm::StepForm(QWidget* parent) : QWidget(parent), m_column(new QVBoxLayout(this))
{
    setObjectName(QStringLiteral("stepForm"));
    m_column->setContentsMargins(0, 0, 0, 0);
}

void StepForm::setStep(const QJsonObject& step)
{
    m_step = step;
    delete m_fields;
    m_fields = new QWidget(this);
    auto* form = new QFormLayout(m_fields);
    form->setContentsMargins(8, 4, 8, 4);
    form->setRowWrapPolicy(QFormLayout::DontWrapRows);
    const QString kind = step.value(QStringLiteral("step")).toString();
    for (const Field& field : fields()) {
        if (!isOf(field, kind))
            continue;
        const QJsonValue value = step.value(QLatin1String(field.key));
        const QByteArray name = QByteArray("recipe_") + field.key;
        const QString label = tr(field.label);
        const QString tip = tr(field.tip);
        QWidget* control = nullptr;
        if (field.kind == Kind::Flag) {
            auto* box = new QCheckBox(label, m_fields);
            box->setChecked(value.toBool());
            connect(box, &QCheckBox::clicked, this, [this, &field](bool on) {
                take(field.key, on ? QJsonValue(true) : QJsonValue(QJsonValue::Undefined));
            });
            describeControl(box, name.constData(), label, tip);
            form->addRow(box);
            continue;
        }
        if (field.kind == Kind::Choice) {
            auto* combo = new QComboBox(m_fields);
            for (const char* choice : field.choices)
                combo->addItem(tr(choice), QString::fromLatin1(choice));
            combo->setCurrentIndex(std::max(0, combo->findData(value.toString())));
            connect(combo, &QComboBox::activated, this, [this, &field, combo](int index) {
                take(field.key, index == 0 ? QJsonValue(QJsonValue::Undefined) : combo->itemData(index).toJsonValue());
            });
            control = combo;
        } else {
            auto* line = new QLineEdit(textOf(value), m_fields);
            line->setPlaceholderText(tr(field.usual));
            connect(line, &QLineEdit::textEdited, this,
                    [this, &field](const QString& text) { take(field.key, valueFrom(text, field.kind)); });
            control = line;
        }
        describeControl(control, name.constData(), label, tip);
        form->addRow(makeLabel(label, control, m_fields), control);
    }
    m_column->addWidget(m_fields);
    m_fields->show();
}

void StepForm::take(const char* key, const QJsonValue& value)
{
    if (value.isUndefined())
        m_step.remove(QLatin1String(key));
    else
        m_step.insert(QLatin1String(key), value);
    Q_EMIT edited();
}

} // namespace lathe::ui
