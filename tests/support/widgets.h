#pragma once

#include <QString>
#include <QWidget>

namespace lathe::test {

/// A control by its object name; null if there is none.
template <class Widget> Widget* child(const QWidget& parent, const char* name)
{
    return parent.findChild<Widget*>(QString::fromLatin1(name));
}

} // namespace lathe::test
