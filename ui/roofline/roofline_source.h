#pragma once

#include <QObject>
#include <QString>

#include <functional>
#include <memory>
#include <vector>

#include "core/analysis/roofline.h"
#include "ui/jobs/latest_work.h"

namespace lathe::ui {

/// What the roofline view shows.
struct RooflineAnswer {
    std::vector<Record> records;        ///< those asked for
    std::shared_ptr<const Peaks> peaks; ///< null: not measured yet
    Roofline roofline;                  ///< empty without peaks
    QString problem;                    ///< why what was measured cannot be used; empty: nothing was
};

/// Reads the roofs and places records under them on another thread: for a model file that means reading it. Of several
/// requests only the last is answered.
class RooflineSource : public QObject {
    Q_OBJECT

public:
    using KnownPeaks = std::function<Result<Peaks>(int threads)>;

    explicit RooflineSource(KnownPeaks known, QObject* parent = nullptr);

    /// While something is measured no model file is read (`withFiles` false): its records are left out meanwhile.
    void request(int threads, const std::vector<Record>& records, bool withFiles);

Q_SIGNALS:
    void ready(const std::shared_ptr<const lathe::ui::RooflineAnswer>& answer);

private:
    KnownPeaks m_known;
    LatestWork m_work;
};

} // namespace lathe::ui
