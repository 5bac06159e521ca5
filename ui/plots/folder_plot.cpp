#include "ui/plots/folder_plot.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/distillation/arm.h"
#include "ui/distillation/distil_curves.h"
#include "ui/distillation/distiller.h"
#include "ui/format.h"
#include "ui/plots/plot_content.h"
#include "ui/plots/qcp.h"
#include "ui/recipe/recipe_content.h"

namespace lathe::ui {

namespace {

namespace fs = std::filesystem;

/// A plot with what it draws, and its legend above.
template <class Plot> class Drawn : public ExportSource {
public:
    using LegendOf = std::vector<LegendEntry> (*)(const typename Plot::Content&, const PlotTheme&);

    Drawn(typename Plot::Content content, const PlotTitles& titles, LegendOf legendOf) : m_legendOf(legendOf)
    {
        m_plot.resize(900, 560);
        m_plot.setContent(std::move(content));
        m_plot.setTitles(titles);
    }
    QString exportName() const override { return QStringLiteral("plot"); }
    PlotTitles titles() const override { return m_plot.titles(); }
    QSize shownSize() const override { return m_plot.size(); }
    bool isEmpty() const override { return false; }
    void render(QCPPainter& painter, const QSize& size, const PlotTheme& theme, const PlotTitles& titles) const override
    {
        renderUnderLegend(painter, size, theme, titles, m_plot, m_legendOf);
    }

private:
    Plot m_plot;
    LegendOf m_legendOf;
};

std::vector<LegendEntry> curvesLegendOf(const CurvesPlot::Content& content, const PlotTheme& theme)
{
    return curvesLegend(content, theme, false);
}

/// Trainings that came to their end.
DistilState experimentIn(const fs::path& folder)
{
    DistilState state;
    std::error_code ignored;
    std::vector<std::pair<std::uint64_t, Arm>> found;
    for (const auto& entry : fs::directory_iterator(folder, ignored))
        for (const Arm arm : {Arm::Control, Arm::Distilled}) {
            const std::string stem = entry.path().stem().string();
            const std::string prefix = std::string(name(arm)) + "-";
            if (entry.path().extension() == ".json" && stem.starts_with(prefix))
                found.emplace_back(std::strtoull(stem.c_str() + prefix.size(), nullptr, 10), arm);
        }
    std::sort(found.begin(), found.end());
    for (const auto& [seed, arm] : found)
        if (const auto result = readArm(folder, arm, seed)) {
            const int number = static_cast<int>(state.arms.size()) + 1;
            state.arms.push_back({{arm, seed, number, 0}, result->history, {}, result->test.accuracy});
        }
    return state;
}

PlotTitles titled(PlotTitles titles, const std::string& title)
{
    titles.plot = toQString(title);
    return titles;
}

tl::unexpected<Error> noSuchPlot(const std::string& what, const char* there)
{
    return fail(ErrorCode::InvalidArgument,
                fmt::format("There is no plot \"{}\" of this folder; choose from {}.", what, there));
}

Result<void> exportExperiment(const DistilState& state, const FolderPlot& plot, const fs::path& out,
                              const ExportOptions& options)
{
    if (!plot.what.empty() && plot.what != "accuracy" && plot.what != "loss")
        return noSuchPlot(plot.what, "accuracy, loss");
    const CurveQuantity quantity = plot.what == "loss" ? CurveQuantity::Loss : CurveQuantity::Accuracy;
    return exportPlot(Drawn<CurvesPlot>(distilCurves(state, quantity), titled(distilCurveTitles(quantity), plot.title),
                                        curvesLegendOf),
                      out, options);
}

Result<std::size_t> endOf(const RecipeResult& result, const std::string& variant)
{
    const std::vector<std::size_t> ends = endsOf(result);
    if (variant.empty())
        return ends.back();
    std::string names;
    for (const std::size_t end : ends) {
        if (result.steps[end].variant == variant)
            return end;
        names += (names.empty() ? "" : "; ") + result.steps[end].variant;
    }
    return fail(ErrorCode::InvalidArgument,
                fmt::format("There is no variant \"{}\" in this recipe; there are {}.", variant, names));
}

Result<void> exportRecipe(const RecipeResult& result, const FolderPlot& plot, const fs::path& out,
                          const ExportOptions& options)
{
    if (plot.what == "front")
        return exportPlot(Drawn<CurvesPlot>(frontsOf({result}), titled(frontTitles(), plot.title), curvesLegendOf), out,
                          options);
    if (!plot.what.empty() && plot.what != "waterfall")
        return noSuchPlot(plot.what, "waterfall, front");
    return endOf(result, plot.variant).and_then([&](std::size_t end) {
        return exportPlot(
            Drawn<WaterfallPlot>(waterfallOf(result, end), titled(waterfallTitles(), plot.title), waterfallLegend), out,
            options);
    });
}

} // namespace

Result<void> exportFolderPlot(const fs::path& folder, const FolderPlot& plot, const fs::path& out,
                              const ExportOptions& options)
{
    if (const auto recipe = readRecipeResult(folder))
        return exportRecipe(*recipe, plot, out, options);
    const DistilState experiment = experimentIn(folder);
    if (experiment.arms.empty())
        return fail(ErrorCode::NotFound, fmt::format("{} holds neither a recipe nor an experiment with a teacher that "
                                                     "came to its end; name the folder that was given with --out.",
                                                     folder.string()));
    return exportExperiment(experiment, plot, out, options);
}

} // namespace lathe::ui
