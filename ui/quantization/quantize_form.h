#pragma once

#include <QWidget>

#include "ui/jobs/latest_work.h"
#include "ui/quantization/quantize_work.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QSpinBox;
class QToolButton;

namespace lathe::ui {

/// Which network is quantized, on what it is calibrated, and how. What a network is usually calibrated on comes with
/// it; all but the first few choices are behind a button, and only those that make a difference are shown.
class QuantizeForm : public QWidget {
    Q_OBJECT

public:
    explicit QuantizeForm(QWidget* parent);

    /// Fails with a sentence on what is missing.
    Result<QuantizationWish> wish() const;

    /// Beside the catalogue's, networks of one's own.
    void setModelFiles(const std::vector<std::string>& files);

    void setStartEnabled(bool enabled);
    void setStopEnabled(bool enabled);
    void setSaveEnabled(bool enabled);

Q_SIGNALS:
    void startRequested();
    void stopRequested();
    void saveRequested();
    void edited(); ///< by the user

private:
    void buildSubject(QWidget& strip);
    void buildButtons(QWidget& strip);
    void buildActivations(QWidget& strip);
    void buildWeights(QWidget& strip);
    void buildCorrections(QWidget& strip);
    void connectAll();
    void takeNetwork();
    void takeScheme();
    void showNeeded();
    Scheme scheme() const;
    std::string calibration() const;
    QuantizationOptions options() const;

    QComboBox* m_network = nullptr;
    QComboBox* m_dataset = nullptr;
    QLineEdit* m_folder = nullptr;
    QSpinBox* m_images = nullptr;
    QComboBox* m_scheme = nullptr;
    QToolButton* m_start = nullptr;
    QToolButton* m_stop = nullptr;
    QToolButton* m_save = nullptr;
    QToolButton* m_more = nullptr;
    QWidget* m_details = nullptr;
    QComboBox* m_observer = nullptr;
    QDoubleSpinBox* m_percentile = nullptr;
    QComboBox* m_integers = nullptr;
    QSpinBox* m_bits = nullptr;
    QComboBox* m_granularity = nullptr;
    QSpinBox* m_group = nullptr;
    QCheckBox* m_equalizes = nullptr;
    QCheckBox* m_correctsBiases = nullptr;
    QSpinBox* m_epochs = nullptr;
    QLabel* m_cpu = nullptr;
    bool m_choseDataset = false; ///< the user did
    LatestWork m_reading;        ///< last: of the network's input
};

} // namespace lathe::ui
