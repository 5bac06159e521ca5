#include "core/base/version.h"

#include "revision.h"

namespace lathe {

std::string_view version()
{
    return LATHE_VERSION;
}

std::string_view versionWithRevision()
{
    return sizeof(LATHE_REVISION) > 1 ? LATHE_VERSION " (" LATHE_REVISION ")" : LATHE_VERSION;
}

} // namespace lathe
