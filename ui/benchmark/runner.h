#pragma once

#include <QObject>
#include <QString>

#include <memory>
#include <vector>

#include "ui/benchmark/measuring.h"

namespace lathe::ui {

class Document;
class JobQueue;
struct Plan;

/// The verdict of an interleaved comparison of two records' configurations.
struct Compared {
    QString firstId;
    QString secondId;
    Comparison comparison;
};

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

    /// Of two records in either order; null if they were not compared.
    const Compared* comparisonOf(const QString& oneId, const QString& otherId) const;

Q_SIGNALS:
    void prepared(const lathe::BackendInfo& info);
    void prepareFailed(const QString& message);
    void compared();

private:
    void startOne(const Configuration& configuration, const Setup& setup, double seconds);
    void arrived(int generation, const Record& record);

    Document* m_document;
    JobQueue* m_queue;
    Measuring m_measuring;
    int m_generation = 0; ///< results of earlier ones are stale
    std::vector<Compared> m_compared;
};

} // namespace lathe::ui
