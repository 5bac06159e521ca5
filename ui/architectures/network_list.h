#pragma once

#include <string>
#include <vector>

class QComboBox;

namespace lathe::ui {

/// Model files, by their names, and the catalogue's architectures; what was chosen stays so. A list that was empty
/// begins with `usual`. Nothing is told.
void listNetworks(QComboBox* combo, const std::vector<std::string>& files, const std::string& usual);

} // namespace lathe::ui
