#include "ui/benchmark/explanation_source.h"

#include <optional>

#include "core/architectures/catalogue.h"
#include "core/benchmark/estimate.h"
#include "ui/format.h"

namespace lathe::ui {

namespace {

/// A record with what it is explained by.
struct Known {
    const Record& record;
    std::optional<Graph> graph;
    std::optional<Peaks> peaks;

    Subject subject() const { return {record, graph ? &*graph : nullptr, peaks ? &*peaks : nullptr}; }
};

Known knownOf(const Record& record, const ExplanationSource::KnownPeaks& peaksOf, bool withFiles)
{
    Known known{record, {}, {}};
    if (withFiles || findArchitecture(record.configuration.model))
        if (Result<Graph> graph = graphOf(record.configuration))
            known.graph = std::move(*graph);
    if (peaksOf)
        if (Result<Peaks> peaks = peaksOf(record.configuration.threads))
            known.peaks = std::move(*peaks);
    return known;
}

std::shared_ptr<const ExplanationAnswer> answerTo(const std::vector<std::size_t>& which,
                                                  const std::vector<Record>& records,
                                                  const ExplanationSource::KnownPeaks& peaksOf, bool withFiles)
{
    auto answer = std::make_shared<ExplanationAnswer>();
    std::vector<Known> known;
    for (const std::size_t index : which) {
        answer->ids << toQString(records[index].id);
        known.push_back(knownOf(records[index], peaksOf, withFiles));
    }
    if (known.size() == 2) {
        answer->explanations = explainDifference(known[0].subject(), known[1].subject());
        return answer;
    }
    answer->explanations = explain(known.front().subject(), records);
    answer->missing = missingEvidence(known.front().subject());
    return answer;
}

} // namespace

ExplanationSource::ExplanationSource(KnownPeaks known, QObject* parent) : QObject(parent), m_known(std::move(known)) {}

void ExplanationSource::request(const std::vector<std::size_t>& which, const std::vector<Record>& records,
                                bool withFiles)
{
    m_work.forget();
    if (which.empty() || which.size() > 2)
        return;
    m_work.start(
        this,
        [known = m_known, which, records, withFiles](const std::stop_token&) {
            return answerTo(which, records, known, withFiles);
        },
        [this](const std::shared_ptr<const ExplanationAnswer>& answer) { Q_EMIT ready(answer); });
}

} // namespace lathe::ui
