#include "ui/layers/layer_source.h"

#include <QCoreApplication>
#include <QPointer>

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

LayerSource::LayerSource(QObject* parent) : QObject(parent)
{
    m_pool.setMaxThreadCount(1);
}

LayerSource::~LayerSource()
{
    m_pool.clear();
    m_pool.waitForDone();
}

void LayerSource::request(const LayerSubject& subject)
{
    m_pool.clear();
    const int serial = ++m_serial;
    m_pool.start([self = QPointer<LayerSource>(this), subject, serial] {
        Answer answer = tableOf(subject);
        auto* application = QCoreApplication::instance();
        if (!application)
            return;
        QMetaObject::invokeMethod(application, [self, subject, serial, answer = std::move(answer)] {
            if (self && serial == self->m_serial)
                Q_EMIT self->ready(subject, answer.table, answer.problem);
        });
    });
}

} // namespace lathe::ui
