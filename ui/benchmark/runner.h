#pragma once

#include <QObject>
#include <QString>

#include <memory>

#include "ui/benchmark/measuring.h"

namespace lathe::ui {

class Document;
class JobQueue;
struct Plan;

/// Turns plans into jobs, one a configuration, and brings their records home to the document.
class Runner : public QObject {
    Q_OBJECT

public:
    /// `queue` must go before the runner does.
    Runner(Document* document, JobQueue* queue, Measuring measuring, QObject* parent = nullptr);

    void prepare();
    void start(const Plan& plan);
    void compare(const QString& firstId, const QString& secondId);

    /// Stops everything and drops what is still on its way: another session is about to be shown.
    void abandon();

Q_SIGNALS:
    void prepared(const lathe::BackendInfo& info);
    void prepareFailed(const QString& message);

private:
    void startOne(const Configuration& configuration, const Setup& setup, double seconds);
    void arrived(int generation, const Record& record);

    Document* m_document;
    JobQueue* m_queue;
    Measuring m_measuring;
    int m_generation = 0; ///< results of earlier ones are stale
};

} // namespace lathe::ui
