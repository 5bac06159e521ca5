#pragma once

#include <QStringList>

#include <vector>

#include "core/session/session.h"
#include "ui/layers/layer_source.h"

namespace lathe::ui {

/// The networks whose layers can be looked at: the selected records, then the others, then what is ticked to be run.
std::vector<LayerSubject> layerSubjects(const Session& session, const QStringList& selection);

/// The one to show: the first selected record; else the one shown before, measured where it was measured since; else
/// the first. -1 where there is none.
int chosenSubject(const std::vector<LayerSubject>& subjects, const QStringList& selection, const QString& before);

/// How far the sum of a record's layers is from the whole: a sentence. Empty where its layers were not timed.
QString layersSummary(const Record& record);

} // namespace lathe::ui
