#include "ui/pruning/pruned_names_page.h"

#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>

#include <set>

#include "core/pruning/reparametrization.h"
#include "ui/controls.h"
#include "ui/figures_table.h"
#include "ui/format.h"
#include "ui/plots/plot_controls.h"

namespace lathe::ui {

namespace {

std::vector<ColumnHeader> columns()
{
    const auto tr = [](const char* text) { return PrunedNamesPage::tr(text); };
    return {{tr("Kind"), tr("A parameter is trained; a buffer is stored beside them")},
            {tr("Before")},
            {tr("After"), tr("What became of it: a parameter with a mask goes on as weight_orig, beside weight_mask")},
            {tr("What it is")}};
}

QString meaning(const std::string& name)
{
    if (name.ends_with(kMaskSuffix))
        return PrunedNamesPage::tr("the mask: 1 stays, 0 is pruned");
    return name.ends_with(kOriginalSuffix)
               ? PrunedNamesPage::tr("the values before the mask; their product is the weight, which is no parameter")
               : QString();
}

/// What both have side by side, what only one has beside an empty cell.
void addRows(std::vector<FigureRow>& rows, const QString& kind, const std::vector<std::string>& before,
             const std::vector<std::string>& after)
{
    const std::set<std::string> was(before.begin(), before.end());
    const std::set<std::string> now(after.begin(), after.end());
    const auto add = [&](const std::string& old, const std::string& left, const QString& what) {
        rows.push_back({FigureCell::of(kind), FigureCell::of(toQString(old)), FigureCell::of(toQString(left)),
                        FigureCell::of(what)});
    };
    for (const std::string& name : before) {
        const std::string original = name + kOriginalSuffix;
        if (now.contains(name))
            add(name, name, {});
        else
            add(name, now.contains(original) ? original : std::string(), meaning(original));
    }
    for (const std::string& name : after) {
        const bool isRenamed = name.ends_with(kOriginalSuffix) &&
                               was.contains(name.substr(0, name.size() - std::string_view(kOriginalSuffix).size()));
        if (!was.contains(name) && !isRenamed)
            add({}, name, meaning(name));
    }
}

ModuleNames namesOf(const LoadedModel& model)
{
    return moduleNames(model.graph, model.pruning ? &*model.pruning : nullptr);
}

QString noteOf(const PrunedNetwork& network)
{
    if (!network.wish.isOfMasks())
        return PrunedNamesPage::tr("Channels are gone from the tensors themselves: there are no masks, and every name "
                                   "is as before.");
    if (network.model->pruning)
        return PrunedNamesPage::tr(
                   "As torch.nn.utils.prune keeps them: %1 with masks. Python loads a saved file into a "
                   "module that is pruned there.")
            .arg(counted(static_cast<std::int64_t>(network.model->pruning->masks.size()), PrunedNamesPage::tr("tensor"),
                         PrunedNamesPage::tr("tensors")));
    return PrunedNamesPage::tr("The masks are permanent: their zeros are in the weights, and every name is as before.");
}

} // namespace

PrunedNamesPage::PrunedNamesPage(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("prunedNamesPage"));
    QWidget* strip = makeControlStrip(this);
    m_permanent = addTextButton(*strip, tr("Make permanent"), QStringLiteral("prunePermanently"),
                                tr("The masks go and the zeros stay, as prune.remove does it"), false);
    m_note = new QLabel(this);
    m_note->setObjectName(QStringLiteral("pruneNamesNote"));
    m_note->setWordWrap(true);
    m_note->setContentsMargins(8, 2, 8, 4);
    m_table = new FiguresTable("pruneNames", tr("Parameters and buffers before and after"), columns(), this);
    QVBoxLayout* column = tightColumn(this);
    column->addWidget(strip);
    column->addWidget(m_note);
    column->addWidget(m_table, 1);
    connect(m_permanent, &QToolButton::clicked, this, &PrunedNamesPage::permanentRequested);
}

void PrunedNamesPage::showNetwork(const PrunedNetwork& network)
{
    const ModuleNames before = namesOf(network.subject->model);
    const ModuleNames after = namesOf(*network.model);
    std::vector<FigureRow> rows;
    addRows(rows, tr("parameter"), before.parameters, after.parameters);
    addRows(rows, tr("buffer"), before.buffers, after.buffers);
    m_table->setRows(std::move(rows));
    m_note->setText(noteOf(network));
}

void PrunedNamesPage::setPermanentEnabled(bool enabled)
{
    m_permanent->setEnabled(enabled);
}

} // namespace lathe::ui
