#pragma once

#include <QString>
#include <QVariant>

#include <vector>

#include "core/session/record.h"

namespace lathe::ui {

/// A column of the results: what a cell says and what it is sorted by are two functions.
struct ResultsColumn {
    const char* key;   ///< in the settings
    const char* title; ///< with its unit
    const char* tip;
    bool isNumber;
    bool isShown; ///< until the user chooses
    QString (*text)(const Record&);
    QVariant (*sortValue)(const Record&); ///< invalid where unknown
};

const std::vector<ResultsColumn>& resultsColumns();

/// Index by key; -1 if there is none.
int resultsColumn(const QString& key);

} // namespace lathe::ui
