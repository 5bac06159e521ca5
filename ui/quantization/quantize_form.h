#pragma once

#include <QWidget>

#include "ui/quantization/quantize_work.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QSpinBox;
class QToolButton;

namespace lathe::ui {

class SubjectFields;

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
    void takeScheme();
    void showNeeded();
    Scheme scheme() const;
    QuantizationOptions options() const;

    SubjectFields* m_subject = nullptr;
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
};

} // namespace lathe::ui
