#include "ui/layers/layer_source.h"

#include "core/benchmark/estimate.h"
#include "ui/format.h"

namespace lathe::ui {

namespace {

struct Answer {
    LayerTable table;
    QString problem;
};

Answer tableOf(const LayerSubject& subject)
{
    const Result<Graph> graph = graphOf(subject.configuration);
    if (!graph)
        return {layerTable(subject.configuration.batch, subject.times), toQString(graph.error().message)};
    Answer answer{layerTable(*graph, subject.configuration.batch, subject.times), {}};
    if (!answer.table.unknown.empty())
        answer.problem =
            LayerSource::tr("%1 of the measured layers are not in this version of the network, such as %2.")
                .arg(answer.table.unknown.size())
                .arg(toQString(answer.table.unknown.front()));
    return answer;
}

} // namespace

LayerSource::LayerSource(QObject* parent) : QObject(parent) {}

void LayerSource::request(const LayerSubject& subject)
{
    m_work.start(
        this, [subject](const std::stop_token&) { return tableOf(subject); },
        [this, subject](const Answer& answer) { Q_EMIT ready(subject, answer.table, answer.problem); });
}

} // namespace lathe::ui
