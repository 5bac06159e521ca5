#pragma once

#include <QAbstractItemView>

namespace lathe::ui {

/// What to do first, written over a view for as long as it has no rows. Follows the view's model and size.
void showWhenEmpty(QAbstractItemView* view, const QString& hint);

} // namespace lathe::ui
