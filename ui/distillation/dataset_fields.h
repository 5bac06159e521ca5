#pragma once

#include <QObject>

#include "core/base/result.h"

class QComboBox;
class QLineEdit;
class QWidget;

namespace lathe::ui {

/// The controls of a form that say which labelled images are trained on.
class DatasetFields : public QObject {
    Q_OBJECT

public:
    /// Added to the strip's layout. `prefix` of object names: "distil" makes "distilDataset" and "distilFolder".
    DatasetFields(QWidget& strip, const QString& prefix, QObject* parent);

    /// As in dataset_name.h; fails with a sentence on what is missing.
    Result<std::string> dataset() const;
    void setDataset(const std::string& dataset);
    void setShowsMore(bool more); ///< a folder can be named although there is a usual one

Q_SIGNALS:
    void edited(); ///< by the user

private:
    void showNeeded();

    QString m_prefix;
    QComboBox* m_dataset = nullptr;
    QLineEdit* m_folder = nullptr;
    bool m_showsMore = false;
};

} // namespace lathe::ui
