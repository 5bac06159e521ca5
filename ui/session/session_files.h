#pragma once

#include <QObject>

#include <functional>
#include <optional>

#include "ui/questions.h"
#include "ui/session/recovery.h"

class QWidget;

namespace lathe::ui {

class Autosave;
class Document;
class JobQueue;
class Runner;

/// New, open, save and the questions on the way, so that nothing measured or set up is lost unasked.
/// Leaving a session takes three steps: all questions, then the end of what is being measured (the window stays live
/// meanwhile), then the save. Until the last answer nothing has changed.
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
    /// In place of the open session, if the user lets that go.
    void openPath(const QString& path);
    bool save();
    bool saveAs();
    void exportTable();

    /// Asks about running jobs and unsaved changes, and calls `then` once the session may be left: at once, or when
    /// the inference at hand is done and its record saved. Not at all if the user stays or saving fails.
    void leave(std::function<void()> then);

    /// Asks what becomes of what crashed runs left.
    void offerLeftBehind(const QString& base);

Q_SIGNALS:
    void told(const QString& message); ///< for the status bar
    void recentChanged();
    void leavingChanged(bool leaving); ///< the answers are given, and what runs is coming to its end

private:
    /// What the user wants done before leaving; none: to stay.
    struct Departure {
        bool save = false;
        std::function<void()> then;
    };
    std::optional<Departure> askToLeave(std::function<void()> then);
    void finishLeaving();
    void openNow(const QString& path);
    bool saveTo(const QString& path);
    void tellLost(const QString& path, const QStringList& lost);
    bool offer(const LeftBehind& left);

    Parts m_parts;
    std::optional<Departure> m_departure; ///< waits for the queue
    Questions m_questions;
    QWidget* m_window;
};

} // namespace lathe::ui
