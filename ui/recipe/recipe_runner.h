#pragma once

#include <QObject>

#include <functional>
#include <memory>

#include "core/recipe/run_recipe.h"
#include "ui/jobs/sole_job.h"

namespace lathe::ui {

/// Runs recipes as jobs, one at a time. The queue goes before it does.
class RecipeRunner : public QObject {
    Q_OBJECT

public:
    using LoadBackend = std::function<Result<Backend*>()>;

    RecipeRunner(JobQueue* queue, LoadBackend backend, QObject* parent);

    bool isBusy() const { return m_job->isBusy(); }
    bool canStart() const { return m_backend && !isBusy(); }
    /// Of the last that was begun: what is done so far, or all.
    const RecipeResult& result() const { return m_result; }
    bool isWhole() const { return m_isWhole; }

    void begin(const Recipe& recipe, const std::filesystem::path& folder);
    void stop() { m_job->stop(); }

Q_SIGNALS:
    void begun();
    void grown(); ///< by one network, the last
    void finished();
    void stateChanged();
    void progressed(const QString& what);
    void failed(const QString& sentence); ///< or was stopped

private:
    RecipeEvents events(int run, const ProgressSink& progress);
    void tell(int run, std::function<void()> what);

    SoleJob* m_job;
    LoadBackend m_backend;
    RecipeResult m_result;
    bool m_isWhole = false;
    int m_run = 0; ///< counts them, so that none hears of another
};

} // namespace lathe::ui
