#include "ui/architectures/network_list.h"

#include <QComboBox>
#include <QSignalBlocker>

#include "core/architectures/catalogue.h"
#include "ui/architectures/model_file.h"
#include "ui/format.h"
#include "ui/plots/plot_controls.h"

namespace lathe::ui {

void listNetworks(QComboBox* combo, const std::vector<std::string>& files, const std::string& usual)
{
    const std::string before = combo->count() > 0 ? valueOf(combo) : usual;
    const QSignalBlocker quiet(combo);
    combo->clear();
    for (const std::string& file : files)
        if (!findArchitecture(file))
            combo->addItem(shortModelName(toQString(file)), toQString(file));
    for (const Architecture& architecture : catalogue())
        combo->addItem(toQString(architecture.name), toQString(architecture.name));
    setCombo(combo, before);
}

} // namespace lathe::ui
