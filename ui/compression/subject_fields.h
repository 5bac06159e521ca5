#pragma once

#include <QObject>

#include "core/compression/subject.h"
#include "ui/jobs/latest_work.h"

class QComboBox;
class QSpinBox;
class QWidget;

namespace lathe::ui {

class DatasetFields;

/// The controls of a form that say which network is made cheaper, and on which images. What a network is usually
/// trained on comes with it.
class SubjectFields : public QObject {
    Q_OBJECT

public:
    struct Texts {
        QString prefix; ///< of object names: "quantize" makes "quantizeNetwork"
        QString networkTip;
        QString dataset; ///< label
        QString datasetTip;
        QString imagesTip;
    };

    /// Added to the strip's layout.
    SubjectFields(QWidget& strip, const Texts& texts, QObject* parent);

    /// Fails with a sentence on what is missing.
    Result<CompressionSubjectNames> names() const;
    std::string network() const;
    bool hasImages() const; ///< not random inputs

    /// Beside the catalogue's, networks of one's own; the last is chosen unless the user chose.
    void setModelFiles(const std::vector<std::string>& files);

    /// A folder can be named although there is a usual one.
    void setShowsMore(bool more);

Q_SIGNALS:
    void edited(); ///< by the user
    void datasetChanged();
    void networkChanged();

private:
    void takeNetwork();
    void showNeeded();

    QString m_prefix;
    QComboBox* m_network = nullptr;
    DatasetFields* m_dataset = nullptr;
    QSpinBox* m_images = nullptr;
    bool m_choseDataset = false; ///< the user did
    bool m_choseNetwork = false; ///< likewise; until then it is the file that was added last
    LatestWork m_reading;        ///< last: of the network's input
};

} // namespace lathe::ui
