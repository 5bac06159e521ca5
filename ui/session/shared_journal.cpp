#include "ui/session/shared_journal.h"

#include <algorithm>

namespace lathe::ui {

Result<void> SharedJournal::append(const Record& record)
{
    const std::lock_guard lock(m_mutex);
    if (m_closed || m_path.empty() || m_written.contains(record.id))
        return {};
    auto written = Journal(m_path).append(record);
    if (written)
        m_written.insert(record.id);
    return written;
}

std::vector<Record> SharedJournal::othersRecords() const
{
    const std::lock_guard lock(m_mutex);
    return others();
}

std::vector<Record> SharedJournal::others() const
{
    if (m_path.empty())
        return {};
    std::vector<Record> records = Journal(m_path).read();
    std::erase_if(records, [this](const Record& record) { return m_written.contains(record.id); });
    return records;
}

/// What another run journalled in the same file is that run's only copy.
void SharedJournal::leave(const std::set<std::string>& known)
{
    if (m_path.empty())
        return;
    const std::vector<Record> left = others();
    const bool needed =
        std::any_of(left.begin(), left.end(), [&](const Record& record) { return !known.contains(record.id); });
    if (!needed)
        return Journal(m_path).remove();
    (void)Journal(m_path).retract({m_written.begin(), m_written.end()});
}

Result<void> SharedJournal::retract(const std::vector<std::string>& ids)
{
    const std::lock_guard lock(m_mutex);
    std::vector<std::string> written;
    for (const std::string& id : ids)
        if (m_written.erase(id) > 0)
            written.push_back(id);
    if (m_closed || m_path.empty() || written.empty())
        return {};
    return Journal(m_path).retract(written);
}

void SharedJournal::restartAt(const std::filesystem::path& path, const std::set<std::string>& known)
{
    const std::lock_guard lock(m_mutex);
    leave(known);
    if (path != m_path && !path.empty())
        Journal(path).remove(); // of the file that was just replaced
    m_path = path;
    m_written.clear();
}

void SharedJournal::close()
{
    const std::lock_guard lock(m_mutex);
    m_closed = true;
}

void SharedJournal::discard()
{
    const std::lock_guard lock(m_mutex);
    m_closed = true;
    if (!m_written.empty())
        leave({});
}

std::filesystem::path SharedJournal::path() const
{
    const std::lock_guard lock(m_mutex);
    return m_path;
}

} // namespace lathe::ui
