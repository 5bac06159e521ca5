#pragma once

#include <QObject>

#include <optional>

#include "core/analysis/layer_table.h"
#include "core/base/result.h"
#include "core/session/record.h"
#include "ui/jobs/latest_work.h"

namespace lathe::ui {

/// A network whose layers are wanted: with the times of a record, or without.
struct LayerSubject {
    QString key;  ///< the record's id, or the model
    QString text; ///< for the user
    Configuration configuration;
    std::vector<LayerTime> times;
    QString summary; ///< of the record: how its layers add up
};

/// Builds the graph of a subject on another thread: for a model file that means reading it. Of several requests only
/// the last is answered.
class LayerSource : public QObject {
    Q_OBJECT

public:
    explicit LayerSource(QObject* parent = nullptr);

    void request(const LayerSubject& subject);

Q_SIGNALS:
    /// A table of what is known; `problem` says what is not, and why.
    void ready(const lathe::ui::LayerSubject& subject, const lathe::LayerTable& table, const QString& problem);

private:
    LatestWork m_work;
};

} // namespace lathe::ui
