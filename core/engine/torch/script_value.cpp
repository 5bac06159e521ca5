#include "core/engine/torch/script_value.h"

#include <algorithm>

namespace lathe::engine {

bool Traced::dependsOnInput() const
{
    return symbol || (items && std::any_of(items->begin(), items->end(),
                                           [](const Traced& item) { return item.dependsOnInput(); }));
}

std::string ScriptCall::named(const std::string& what) const
{
    if (scope.empty())
        return what;
    return ownModule ? scope : scope + "." + what;
}

std::vector<std::int64_t> ScriptCall::integers(std::size_t i) const
{
    const c10::IValue& value = in[i].value;
    return value.isInt() ? std::vector<std::int64_t>{value.toInt()} : value.toIntVector();
}

} // namespace lathe::engine
