#pragma once

#include <QString>

#include <set>
#include <string>
#include <vector>

/// Series that a click on the legend hides, as a session keeps them.
namespace lathe::ui {

std::set<QString> keySet(const std::vector<std::string>& keys);

/// The keys with one more, or without it where it was among them.
std::vector<std::string> toggled(std::vector<std::string> keys, const QString& key);

} // namespace lathe::ui
