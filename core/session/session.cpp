#include "core/session/session.h"

#include <set>

namespace lathe {

int addMissing(Session& session, const std::vector<Record>& records)
{
    std::set<std::string> known;
    for (const Record& record : session.records)
        known.insert(record.id);
    int added = 0;
    for (const Record& record : records)
        if (known.insert(record.id).second) {
            session.records.push_back(record);
            ++added;
        }
    return added;
}

} // namespace lathe
