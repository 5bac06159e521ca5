#pragma once

#include <QComboBox>

#include <functional>
#include <string>

#include "ui/plots/plot_controls.h"
#include "ui/plots/plot_widget.h"
#include "ui/session/document.h"

/// How a tab's controls edit the part of the plot settings that is its own.
namespace lathe::ui {

/// Undoable; `what` names it in the menu.
template <class Part>
void editPart(Document& document, Part PlotSettings::*part, const QString& what,
              const std::function<void(Part&)>& change)
{
    PlotSettings settings = document.plot();
    change(settings.*part);
    document.setPlot(settings, what);
}

/// What the user chooses in the combo box becomes `member`. `title` is that of the axis, or null: what the user wrote
/// there belongs to the quantity it was written for.
template <class Part>
void connectCombo(QComboBox* combo, Document* document, Part PlotSettings::*part, const QString& what,
                  std::string Part::*member, std::string Part::*title = nullptr)
{
    QObject::connect(combo, &QComboBox::currentIndexChanged, combo, [=] {
        editPart<Part>(*document, part, what, [&](Part& settings) {
            settings.*member = valueOf(combo);
            if (title)
                (settings.*title).clear();
        });
    });
}

/// Titles as the user left them; one that is as usual is not kept, so that it follows the quantity.
template <class Settings> void keepTitles(Settings& settings, const PlotTitles& titles, const PlotTitles& usual)
{
    settings.title = titles.plot.toStdString();
    settings.xTitle = titles.x == usual.x ? std::string() : titles.x.toStdString();
    settings.yTitle = titles.y == usual.y ? std::string() : titles.y.toStdString();
}

} // namespace lathe::ui
