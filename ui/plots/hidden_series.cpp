#include "ui/plots/hidden_series.h"

namespace lathe::ui {

std::set<QString> keySet(const std::vector<std::string>& keys)
{
    std::set<QString> set;
    for (const std::string& key : keys)
        set.insert(QString::fromStdString(key));
    return set;
}

std::vector<std::string> toggled(std::vector<std::string> keys, const QString& key)
{
    if (std::erase(keys, key.toStdString()) == 0)
        keys.push_back(key.toStdString());
    return keys;
}

} // namespace lathe::ui
