#include "ui/distillation/claim_content.h"

#include <map>

#include "core/analysis/language_models.h"
#include "core/analysis/significant.h"
#include "ui/format.h"

namespace lathe::ui {

namespace {

QString tr(const char* text)
{
    return QObject::tr(text);
}

QString percent(double share, int decimals = 0)
{
    return tr("%1 %").arg(100.0 * share, 0, 'f', decimals);
}

FigureRow row(const QString& what, const QString& published, const QString& here, const QString& tip = {})
{
    return {FigureCell::of(what), FigureCell::of(published), FigureCell::of(here, tip)};
}

} // namespace

CurvesPlot::Content claimSpeeds(const ClaimStudy& study)
{
    std::map<std::int64_t, CurvesPlot::Series> byBatch;
    for (const ClaimSpeed& s : study.speeds) {
        CurvesPlot::Series& series = byBatch[s.batch];
        series.text = tr("batch %1, 99 % interval").arg(s.batch);
        series.key = series.text;
        CurvesPlot::Point point;
        point.x = static_cast<double>(s.tokens);
        point.y = s.ratio;
        point.yInterval = CurvesPlot::Interval{s.low, s.high};
        point.card = tr("<b>%1 tokens, batch %2</b><br>%3 times as fast<br>%4 ms instead of %5 ms")
                         .arg(s.tokens)
                         .arg(s.batch)
                         .arg(toQString(formatSignificant(s.ratio)), toQString(formatSignificant(s.smallerMs)),
                              toQString(formatSignificant(s.largerMs)));
        series.points.push_back(std::move(point));
    }
    CurvesPlot::Content content;
    content.xLog = study.speeds.size() > 1 && study.speeds.front().tokens > 0;
    for (auto& [batch, series] : byBatch) {
        series.category = static_cast<int>(content.series.size());
        content.series.push_back(std::move(series));
    }
    CurvesPlot::Series published;
    published.key = QStringLiteral("published");
    published.text = tr("published: %1 times").arg(1.0 + study.claim.faster);
    published.category = static_cast<int>(content.series.size());
    published.line = Qt::DashLine;
    published.isLevel = true;
    published.points = {{0.0, 1.0 + study.claim.faster, {}, {}, {}, {}}};
    content.series.push_back(std::move(published));
    return content;
}

PlotTitles claimSpeedTitles()
{
    return {{}, tr("Length of the sequence (tokens)"), tr("Times as fast")};
}

CurvesPlot::Content claimLayers(const ClaimStudy& study)
{
    CurvesPlot::Content content;
    for (const bool isLarger : {true, false}) {
        CurvesPlot::Series series;
        const std::string& title = isLarger ? study.claim.largerTitle : study.claim.smallerTitle;
        series.text = toQString(title);
        series.key = series.text;
        series.category = isLarger ? 0 : 1;
        series.line = Qt::SolidLine;
        double at = 0.0;
        for (const ClaimPart& part : study.parts) {
            const double x = at++;
            const double ms = isLarger ? part.largerMs : part.smallerMs;
            if (ms <= 0.0)
                continue;
            CurvesPlot::Point point;
            point.x = x;
            point.y = ms;
            point.card = tr("<b>%1, %2</b><br>%3 ms<br>%4 parameters")
                             .arg(toQString(title), toQString(part.name), toQString(formatSignificant(ms)),
                                  toQString(formatSi(
                                      static_cast<double>(isLarger ? part.largerParameters : part.smallerParameters))));
            series.points.push_back(std::move(point));
        }
        content.series.push_back(std::move(series));
    }
    return content;
}

PlotTitles claimLayerTitles(const ClaimStudy& study)
{
    return {tr("%1 tokens, batch %2, %3").arg(study.partTokens).arg(study.partBatch).arg(toQString(study.mode)),
            tr("0: the embeddings; from 1 on: the layers"), tr("Time (ms)")};
}

CurvesPlot::Content modelSizes()
{
    CurvesPlot::Series others;
    others.key = QStringLiteral("models");
    others.text = tr("language models, as published");
    others.category = 0;
    others.line = Qt::NoPen;
    others.labelled = true;
    CurvesPlot::Series small = others;
    small.key = QStringLiteral("distilbert");
    small.text = QStringLiteral("DistilBERT");
    small.category = 1;
    for (const LanguageModel& model : languageModels()) {
        CurvesPlot::Point point;
        point.x = static_cast<double>(monthOf(model));
        point.y = model.millions;
        point.label = toQString(model.name);
        point.card = tr("<b>%1</b><br>%2 million parameters<br>%3-%4")
                         .arg(point.label)
                         .arg(model.millions)
                         .arg(model.year)
                         .arg(model.month, 2, 10, QLatin1Char('0'));
        (model.name == "DistilBERT" ? small : others).points.push_back(std::move(point));
    }
    CurvesPlot::Content content;
    content.yLog = true;
    content.series = {others, small};
    return content;
}

PlotTitles modelSizeTitles()
{
    return {{}, tr("First published (months: 2 is February 2018, 20 August 2019)"), tr("Parameters (millions)")};
}

std::vector<ColumnHeader> claimColumns()
{
    return {{tr("Claim")}, {tr("Published")}, {tr("Here")}};
}

std::vector<FigureRow> claimRows(const Claim& claim, const ClaimStudy* study)
{
    const QString unknown = tr("not measured yet");
    std::vector<FigureRow> rows{row(tr("Fewer parameters than %1").arg(toQString(claim.largerTitle)),
                                    percent(claim.fewerParameters),
                                    study ? percent(study->fewerParameters(), 1) : unknown)};
    if (study)
        for (const ClaimSpeed& s : study->speeds)
            rows.push_back(row(tr("Faster, %1 tokens, batch %2").arg(s.tokens).arg(s.batch), percent(claim.faster),
                               tr("%1 (99 % interval %2 to %3)")
                                   .arg(percent(s.ratio - 1.0), percent(s.low - 1.0), percent(s.high - 1.0)),
                               tr("%1 times as fast, 99 % interval %2")
                                   .arg(toQString(formatSignificant(s.ratio)), toQString(formatRange(s.low, s.high)))));
    else
        rows.push_back(row(tr("Faster"), percent(claim.faster), unknown));
    rows.push_back(row(tr("Of its performance %1").arg(toQString(claim.keepsOn)), percent(claim.keeps),
                       tr("cannot be measured here: it takes the tasks' data")));
    return rows;
}

} // namespace lathe::ui
