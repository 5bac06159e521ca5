#pragma once

#include <QObject>

#include "core/base/result.h"

class QComboBox;
class QLineEdit;
class QWidget;

namespace lathe::ui {

/// The controls of a form that say which labelled images are worked on.
class DatasetFields : public QObject {
    Q_OBJECT

public:
    struct Texts {
        QString prefix; ///< of object names: "distil" makes "distilDataset" and "distilFolder"
        QString label;
        QString tip;
        bool hasRandomInputs = false; ///< which are no dataset, and the first choice then
    };

    /// Added to the strip's layout.
    DatasetFields(QWidget& strip, const Texts& texts, QObject* parent);

    /// As in dataset_name.h; empty for random inputs. Fails with a sentence on what is missing.
    Result<std::string> dataset() const;
    void setDataset(const std::string& dataset); ///< an empty one: random inputs, where there are such

    std::string kind() const; ///< "fashion-mnist"; empty: random inputs
    std::string folder() const;
    void setShowsMore(bool more); ///< a folder can be named although there is a usual one

Q_SIGNALS:
    void edited();  ///< by the user
    void changed(); ///< to another kind, by whomever

private:
    void showNeeded();

    QString m_prefix;
    QComboBox* m_dataset = nullptr;
    QLineEdit* m_folder = nullptr;
    bool m_showsMore = false;
};

} // namespace lathe::ui
