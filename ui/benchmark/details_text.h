#pragma once

#include <QString>

#include <vector>

#include "core/session/session.h"
#include "ui/benchmark/explanation_source.h"

/// Records in words, as rich text.
namespace lathe::ui {

/// Target of the link to all layers of a record.
QString layersLink();

/// Figures with their intervals, what compression gained, flags in words, `why` (of `explanationsHtml`), the slowest
/// layers, how it was measured and where. `session`: the records to find the network in that this one was made from.
QString detailsHtml(const Record& record, const QString& why = {}, const std::vector<Record>& session = {});

/// What accounts for a record's time or for a difference, each with its share; empty where nothing is known.
QString explanationsHtml(const ExplanationAnswer& answer);

/// The same figures of several records side by side; differing environments are said.
QString sideBySideHtml(const std::vector<const Record*>& records);

/// What was published about the networks among these records, held against what was measured here; empty where nothing
/// was.
QString claimsHtml(const std::vector<const Record*>& records, const Session& session);

} // namespace lathe::ui
