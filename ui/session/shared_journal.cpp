#include "ui/session/shared_journal.h"

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

void SharedJournal::restartAt(const std::filesystem::path& path)
{
    const std::lock_guard lock(m_mutex);
    if (!m_path.empty())
        Journal(m_path).remove();
    m_path = path;
    if (!m_path.empty())
        Journal(m_path).remove();
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
    if (!m_path.empty() && !m_written.empty())
        Journal(m_path).remove();
}

std::filesystem::path SharedJournal::path() const
{
    const std::lock_guard lock(m_mutex);
    return m_path;
}

} // namespace lathe::ui
