#include "ui/session/autosave.h"

#include <QFile>

#include "ui/session/document.h"

namespace lathe::ui {

namespace {

constexpr int kDelayMs = 3000;

} // namespace

Autosave::Autosave(Document* document, RecoveryFolder* folder, QObject* parent)
    : QObject(parent), m_document(document), m_folder(folder)
{
    m_pool.setMaxThreadCount(1); // in order
    m_timer.setSingleShot(true);
    m_timer.setInterval(kDelayMs);
    connect(&m_timer, &QTimer::timeout, this, &Autosave::write);
    connect(document, &Document::recordAppended, this, &Autosave::changed);
    connect(document, &Document::recordsReset, this, &Autosave::changed);
    connect(document, &Document::recordChanged, this, &Autosave::changed);
    connect(document, &Document::comparisonAdded, this, &Autosave::changed);
    connect(document, &Document::setupChanged, this, &Autosave::changed);
    connect(document, &Document::plotChanged, this, &Autosave::changed);
    connect(document, &Document::modifiedChanged, this, &Autosave::modifiedChanged);
    connect(document, &Document::pathChanged, this, [this] { m_folder->setOrigin(m_document->path()); });
}

Autosave::~Autosave()
{
    m_pool.waitForDone();
}

Result<void> Autosave::flush()
{
    if (!m_folder->isValid())
        return fail(ErrorCode::InputOutput, "There is no place to keep a copy of the session until it is saved.");
    if (m_timer.isActive()) {
        m_timer.stop();
        write();
    }
    m_pool.waitForDone();
    return m_written;
}

void Autosave::changed()
{
    if (m_document->isModified() && !m_timer.isActive())
        m_timer.start();
}

void Autosave::write()
{
    if (!m_folder->isValid() || !m_document->isModified())
        return;
    const std::filesystem::path path(m_folder->copyPath().toStdString());
    // A copy that fails is tried again with the next change; the journal has the records in any case.
    m_pool.start([this, session = m_document->session(), path] { m_written = saveSession(session, path); });
}

void Autosave::modifiedChanged(bool modified)
{
    if (modified)
        return changed();
    m_timer.stop();
    m_pool.start([path = m_folder->copyPath()] { QFile::remove(path); });
}

} // namespace lathe::ui
