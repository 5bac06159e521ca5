#pragma once

#include <QObject>

#include "ui/questions.h"
#include "ui/session/recovery.h"

class QWidget;

namespace lathe::ui {

class Autosave;
class Document;
class JobQueue;
class Runner;

/// New, open, save and the questions on the way, so that nothing measured or set up is lost unasked.
class SessionFiles : public QObject {
    Q_OBJECT

public:
    struct Parts {
        Document* document;
        JobQueue* queue;
        Runner* runner;
        Autosave* autosave;
    };
    SessionFiles(const Parts& parts, Questions questions, QWidget* window);

    void newSession();
    void open();
    /// False if it was not opened; the user has been told why.
    bool openPath(const QString& path);
    bool save();
    bool saveAs();
    void exportTable();

    /// Asks about running jobs and unsaved changes; true if the session may be left.
    bool mayLeave();

    /// Asks what becomes of what crashed runs left.
    void offerLeftBehind(const QString& base);

Q_SIGNALS:
    void told(const QString& message); ///< for the status bar
    void recentChanged();

private:
    bool saveTo(const QString& path);
    void tellLost(const QString& path, const QStringList& lost);
    bool offer(const LeftBehind& left);

    Parts m_parts;
    Questions m_questions;
    QWidget* m_window;
};

} // namespace lathe::ui
