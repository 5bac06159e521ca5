#include "ui/roofline/roofline_source.h"

#include "core/architectures/catalogue.h"
#include "core/benchmark/estimate.h"
#include "ui/format.h"

namespace lathe::ui {

namespace {

GraphSource graphs(bool withFiles)
{
    return [withFiles](const Configuration& configuration) -> Result<Graph> {
        if (!withFiles && !findArchitecture(configuration.model))
            return fail(ErrorCode::Cancelled, "Its file is read once nothing is measured any more.");
        return graphOf(configuration);
    };
}

std::shared_ptr<const RooflineAnswer> answerTo(const RooflineSource::KnownPeaks& known, int threads,
                                               const std::vector<Record>& records, bool withFiles)
{
    auto answer = std::make_shared<RooflineAnswer>();
    answer->records = records;
    Result<Peaks> peaks = known(threads);
    if (!peaks) {
        if (peaks.error().code != ErrorCode::NotFound)
            answer->problem = toQString(peaks.error().message);
        return answer;
    }
    answer->peaks = std::make_shared<const Peaks>(*std::move(peaks));
    answer->roofline = rooflineOf(records, *answer->peaks, graphs(withFiles));
    return answer;
}

} // namespace

RooflineSource::RooflineSource(KnownPeaks known, QObject* parent) : QObject(parent), m_known(std::move(known)) {}

void RooflineSource::request(int threads, const std::vector<Record>& records, bool withFiles)
{
    if (!m_known)
        return;
    m_work.start(
        this,
        [known = m_known, threads, records, withFiles](const std::stop_token&) {
            return answerTo(known, threads, records, withFiles);
        },
        [this](const std::shared_ptr<const RooflineAnswer>& answer) { Q_EMIT ready(answer); });
}

} // namespace lathe::ui
