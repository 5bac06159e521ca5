#include "ui/benchmark/setup_text.h"

#include <QObject>
#include <QStringList>

#include <algorithm>

#include "core/benchmark/environment.h"
#include "ui/format.h"

namespace lathe::ui {

namespace {

constexpr std::int64_t kMaxBatch = 65536;
constexpr std::int64_t kMaxThreads = 1024;

QStringList parts(const QString& text)
{
    QStringList found;
    for (const QString& part : text.split(QLatin1Char(',')))
        found << part.trimmed();
    return found;
}

tl::unexpected<Error> refused(const QString& sentence)
{
    return fail(ErrorCode::InvalidArgument, sentence.toStdString());
}

template <class Value> void addOnce(std::vector<Value>& values, const Value& value)
{
    if (std::find(values.begin(), values.end(), value) == values.end())
        values.push_back(value);
}

template <class Value> QString numbersText(const std::vector<Value>& numbers)
{
    QStringList texts;
    for (const Value number : numbers)
        texts << QString::number(number);
    return texts.join(QStringLiteral(", "));
}

std::int64_t wholeNumber(const QString& text, std::int64_t max)
{
    bool ok = false;
    const qlonglong number = text.toLongLong(&ok);
    return ok && number >= 1 && number <= max ? number : 0;
}

} // namespace

Result<std::vector<std::int64_t>> parseBatches(const QString& text)
{
    std::vector<std::int64_t> batches;
    for (const QString& part : parts(text)) {
        const std::int64_t batch = wholeNumber(part, kMaxBatch);
        if (batch == 0)
            return refused(
                QObject::tr("Write batch sizes from 1 to %1 with commas between them, such as 1, 8.").arg(kMaxBatch));
        addOnce(batches, batch);
    }
    return batches;
}

QString batchesText(const std::vector<std::int64_t>& batches)
{
    return numbersText(batches);
}

Result<std::vector<int>> parseThreads(const QString& text)
{
    const QString trimmed = text.trimmed().toLower();
    if (trimmed.isEmpty() || trimmed == QLatin1String("all"))
        return std::vector<int>{};
    std::vector<int> threads;
    for (const QString& part : parts(trimmed)) {
        const auto count =
            part == QLatin1String("all") ? usableCores() : static_cast<int>(wholeNumber(part, kMaxThreads));
        if (count == 0)
            return refused(QObject::tr("Write numbers of threads with commas between them, such as 1, 2, or all."));
        addOnce(threads, count);
    }
    return threads;
}

QString threadsText(const std::vector<int>& threads)
{
    return threads.empty() ? QStringLiteral("all") : numbersText(threads);
}

Result<std::vector<Shape>> parseInputs(const QString& text)
{
    const QString trimmed = text.trimmed().toLower();
    if (trimmed.isEmpty() || trimmed == QLatin1String("default"))
        return std::vector<Shape>{};
    std::vector<Shape> inputs;
    for (const QString& part : parts(trimmed)) {
        const bool isDefault = part == QLatin1String("default");
        const auto shape = isDefault ? std::optional(Shape{}) : shapeFromString(part.toStdString());
        if (!shape || (!isDefault && shape->size() != 3 && shape->size() != 1))
            return refused(QObject::tr("Write input sizes as channels x height x width, such as 3x224x224, as a number "
                                       "of tokens, such as 128, or default."));
        addOnce(inputs, *shape);
    }
    return inputs;
}

QString inputsText(const std::vector<Shape>& inputs)
{
    QStringList texts;
    for (const Shape& input : inputs)
        texts << (input.empty() ? QStringLiteral("default") : toQString(toString(input)));
    return texts.isEmpty() ? QStringLiteral("default") : texts.join(QStringLiteral(", "));
}

} // namespace lathe::ui
