#include "ui/layers/layer_subjects.h"

#include <algorithm>

#include "core/analysis/series.h"
#include "ui/format.h"
#include "ui/plots/scatter_points.h"

namespace lathe::ui {

namespace {

LayerSubject subjectOf(const Record& record, const QString& label)
{
    return {toQString(record.id), label, record.configuration, record.layers, layersSummary(record)};
}

LayerSubject subjectOf(const std::string& model, const std::string& title, const Setup& setup)
{
    Configuration configuration{.model = model, .input = {}};
    if (setup.inputs.size() == 1)
        configuration.input = setup.inputs.front();
    return {toQString(model), QObject::tr("%1 (not measured)").arg(toQString(title)), configuration, {}, {}};
}

} // namespace

std::vector<LayerSubject> layerSubjects(const Session& session, const QStringList& selection)
{
    std::vector<LayerSubject> subjects;
    const std::vector<QString> labels = recordLabels(session.records);
    const auto addRecords = [&](bool selected) {
        for (std::size_t i = session.records.size(); i-- > 0;)
            if (selection.contains(toQString(session.records[i].id)) == selected)
                subjects.push_back(subjectOf(session.records[i], labels[i]));
    };
    addRecords(true);
    addRecords(false);
    std::vector<std::string> models = session.setup.models;
    for (const Record& record : session.records) // to be told apart from these too
        models.push_back(record.configuration.model);
    const std::vector<std::string> titles = modelTitles(models);
    for (std::size_t i = 0; i < session.setup.models.size(); ++i)
        subjects.push_back(subjectOf(models[i], titles[i], session.setup));
    return subjects;
}

int chosenSubject(const std::vector<LayerSubject>& subjects, const QStringList& selection, const QString& before)
{
    const auto place = [&](const QString& key) {
        const auto found = std::find_if(subjects.begin(), subjects.end(),
                                        [&](const LayerSubject& subject) { return subject.key == key; });
        return found == subjects.end() ? -1 : static_cast<int>(found - subjects.begin());
    };
    if (!selection.isEmpty() && !selection.contains(before))
        if (const int first = place(selection.front()); first >= 0)
            return first;
    const auto measured = std::find_if(subjects.begin(), subjects.end(), [&](const LayerSubject& subject) {
        return subject.key != before && toQString(subject.configuration.model) == before;
    });
    if (measured != subjects.end())
        return static_cast<int>(measured - subjects.begin());
    return subjects.empty() ? -1 : std::max(place(before), 0);
}

QString layersSummary(const Record& record)
{
    // The whole inferences among the timed ones saw the same machine; the record's samples came before.
    const double whole = record.layersWholeMs > 0.0 ? record.layersWholeMs : record.latency.median;
    if (record.layers.empty() || whole <= 0.0)
        return {};
    const double difference = 100.0 * (record.layersTotalMs - whole) / whole;
    return QObject::tr("The layers add up to %1 ms, the whole takes %2 ms: a difference of %3 %.")
        .arg(rounded(record.layersTotalMs), rounded(whole))
        .arg(difference, 0, 'f', 1);
}

} // namespace lathe::ui
