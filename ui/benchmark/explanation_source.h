#pragma once

#include <QObject>
#include <QStringList>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/analysis/explain.h"
#include "core/base/result.h"
#include "ui/jobs/latest_work.h"

namespace lathe::ui {

/// Why one record takes its time, or two differ.
struct ExplanationAnswer {
    QStringList ids; ///< of the records, as asked for
    std::vector<Explanation> explanations;
    std::vector<std::string> missing; ///< sentences: evidence that there was none of; of one record
};

/// Explains on another thread: networks are built for it, and a model file is read. Of several requests only the last
/// is answered.
class ExplanationSource : public QObject {
    Q_OBJECT

public:
    using KnownPeaks = std::function<Result<Peaks>(int threads)>;

    explicit ExplanationSource(KnownPeaks known, QObject* parent = nullptr);

    /// One record or two, by their places in `records`; others are not answered. While something is measured no model
    /// file is read (`withFiles` false).
    void request(const std::vector<std::size_t>& which, const std::vector<Record>& records, bool withFiles);

Q_SIGNALS:
    void ready(const std::shared_ptr<const lathe::ui::ExplanationAnswer>& answer);

private:
    KnownPeaks m_known;
    LatestWork m_work;
};

} // namespace lathe::ui
