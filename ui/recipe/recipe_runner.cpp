#include "ui/recipe/recipe_runner.h"

#include "ui/format.h"

namespace lathe::ui {

RecipeRunner::RecipeRunner(JobQueue* queue, LoadBackend backend, QObject* parent)
    : QObject(parent), m_job(new SoleJob(queue, this)), m_backend(std::move(backend))
{
    connect(m_job, &SoleJob::stateChanged, this, &RecipeRunner::stateChanged);
    connect(m_job, &SoleJob::progressed, this, &RecipeRunner::progressed);
    connect(m_job, &SoleJob::failed, this, &RecipeRunner::failed);
}

void RecipeRunner::begin(const Recipe& recipe, const std::filesystem::path& folder)
{
    const int run = ++m_run;
    m_isWhole = false;
    m_result = {recipe.name, recipe.dataset, {}};
    auto task = [this, run, recipe, folder, load = m_backend](std::stop_token stop,
                                                              const ProgressSink& progress) -> Result<void> {
        if (const Result<Backend*> backend = load(); !backend)
            return tl::unexpected(backend.error());
        const Result<RecipeSubject> subject = loadRecipe(recipe);
        if (!subject)
            return tl::unexpected(subject.error());
        return runRecipe(*subject, folder, events(run, progress), std::move(stop)).map([&](RecipeResult result) {
            tell(run, [this, result = std::move(result)] {
                m_result = result;
                m_isWhole = true;
                Q_EMIT finished();
            });
        });
    };
    m_job->begin(tr("Recipe %1").arg(recipe.name.empty() ? toQString(recipe.model) : toQString(recipe.name)),
                 std::move(task));
    Q_EMIT begun();
}

/// Called on the worker thread.
RecipeEvents RecipeRunner::events(int run, const ProgressSink& progress)
{
    RecipeEvents events;
    struct Place {
        std::size_t index = 0;
        std::size_t count = 1;
        std::string title;
    };
    const auto place = std::make_shared<Place>();
    events.began = [place, progress](std::size_t index, std::size_t count, const std::string& title) {
        *place = {index, count, title};
        progress({static_cast<double>(index) / static_cast<double>(count), title});
    };
    events.progress = [place, progress](const Progress& p) {
        const double within = std::max(0.0, p.fraction);
        progress({(static_cast<double>(place->index) + within) / static_cast<double>(place->count),
                  place->title + ": " + p.what});
    };
    events.done = [this, run](const RecipeResultStep& step) {
        tell(run, [this, step] {
            m_result.steps.push_back(step);
            Q_EMIT grown();
        });
    };
    return events;
}

/// On the GUI thread, unless another run has begun meanwhile.
void RecipeRunner::tell(int run, std::function<void()> what)
{
    QMetaObject::invokeMethod(
        this,
        [this, run, what = std::move(what)] {
            if (run == m_run)
                what();
        },
        Qt::QueuedConnection);
}

} // namespace lathe::ui
