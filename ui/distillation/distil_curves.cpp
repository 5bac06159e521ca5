#include "ui/distillation/distil_curves.h"

#include <algorithm>
#include <map>

#include "core/distillation/experiment_text.h"
#include "ui/format.h"

namespace lathe::ui {

namespace {

using Quantity = CurveQuantity;

constexpr int kControl = 0; // of the theme's styles
constexpr int kDistilled = 1;

std::optional<double> valueOf(const EpochResult& epoch, Quantity quantity, bool isValidation)
{
    if (!isValidation)
        return quantity == Quantity::Loss ? epoch.loss : 100.0 * epoch.accuracy;
    if (!epoch.validationAccuracy)
        return std::nullopt;
    return quantity == Quantity::Loss ? *epoch.validationLoss : 100.0 * *epoch.validationAccuracy;
}

QString valueText(double value, Quantity quantity)
{
    return quantity == Quantity::Loss ? rounded(value, 4) : QObject::tr("%1 %").arg(value, 0, 'f', 2);
}

CurvesPlot::Point pointOf(int epoch, const std::vector<double>& values, const QString& name, Quantity quantity)
{
    CurvesPlot::Point point;
    double sum = 0.0;
    for (const double value : values)
        sum += value;
    point.x = epoch;
    point.y = sum / static_cast<double>(values.size());
    if (values.size() > 1) {
        const auto [low, high] = std::minmax_element(values.begin(), values.end());
        point.yInterval = CurvesPlot::Interval{*low, *high};
    }
    point.card = QObject::tr("<b>%1</b><br>after epoch %2<br>%3")
                     .arg(name.toHtmlEscaped())
                     .arg(epoch)
                     .arg(valueText(point.y, quantity));
    if (point.yInterval)
        point.card += QObject::tr("<br>%1 seeds, %2 to %3")
                          .arg(values.size())
                          .arg(valueText(point.yInterval->low, quantity), valueText(point.yInterval->high, quantity));
    return point;
}

CurvesPlot::Series seriesOf(const DistilState& state, Arm arm, bool isValidation, Quantity quantity)
{
    std::map<int, std::vector<double>> byEpoch;
    for (const ArmCurve& curve : state.arms)
        if (curve.place.arm == arm)
            for (const EpochResult& epoch : curve.epochs)
                if (const auto value = valueOf(epoch, quantity, isValidation))
                    byEpoch[epoch.epoch].push_back(*value);
    CurvesPlot::Series series;
    const bool isControl = arm == Arm::Control;
    series.text = isControl
                      ? (isValidation ? QObject::tr("control, validation") : QObject::tr("control, training"))
                      : (isValidation ? QObject::tr("distilled, validation") : QObject::tr("distilled, training"));
    series.key = series.text;
    series.category = isControl ? kControl : kDistilled;
    series.line = isValidation ? Qt::SolidLine : Qt::DashLine;
    series.isBand = true;
    for (const auto& [epoch, values] : byEpoch)
        series.points.push_back(pointOf(epoch, values, series.text, quantity));
    return series;
}

} // namespace

CurvesPlot::Content distilCurves(const DistilState& state, Quantity quantity)
{
    CurvesPlot::Content content;
    for (const Arm arm : {Arm::Control, Arm::Distilled}) {
        // A distilled student's training loss has the teacher's part in it: no figure to hold against the control's.
        if (quantity == Quantity::Accuracy || arm == Arm::Control)
            content.series.push_back(seriesOf(state, arm, false, quantity));
        content.series.push_back(seriesOf(state, arm, true, quantity));
    }
    return content;
}

PlotTitles distilCurveTitles(Quantity quantity)
{
    return {{},
            QObject::tr("Epochs"),
            quantity == Quantity::Loss ? QObject::tr("Loss (cross-entropy)") : QObject::tr("Accuracy (%)")};
}

CurvesPlot::Content classGains(const ExperimentResult& result)
{
    CurvesPlot::Series zero;
    zero.key = QStringLiteral("zero");
    zero.text = QObject::tr("no difference");
    zero.category = kControl;
    zero.line = Qt::DashLine;
    zero.isLevel = true;
    zero.points = {{}};
    CurvesPlot::Content content;
    content.series.push_back(zero);
    CurvesPlot::Series gains;
    gains.key = QStringLiteral("gain");
    gains.text = QObject::tr("gain of a class, 95 % interval over the seeds");
    gains.category = kDistilled;
    gains.line = Qt::NoPen;
    gains.labelled = true;
    for (const ClassGain& gain : result.classes) {
        CurvesPlot::Point point;
        point.x = 100.0 * gain.control;
        point.y = 100.0 * gain.difference.mean;
        if (gain.difference.interval)
            point.yInterval =
                CurvesPlot::Interval{100.0 * gain.difference.interval->low, 100.0 * gain.difference.interval->high};
        point.label = toQString(gain.name);
        point.card =
            QObject::tr("<b>%1</b><br>%2")
                .arg(toQString(gain.name).toHtmlEscaped(), toQString(pointsText(gain.difference)).toHtmlEscaped());
        gains.points.push_back(std::move(point));
    }
    content.series.push_back(std::move(gains));
    return content;
}

PlotTitles classGainTitles()
{
    return {
        {}, QObject::tr("Test accuracy of the control in the class (%)"), QObject::tr("Gain by the teacher (points)")};
}

} // namespace lathe::ui
