#pragma once

#include <QWidget>

#include <memory>

#include "ui/jobs/latest_work.h"
#include "ui/quantization/playground_work.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLineEdit;
class QSpinBox;
class QToolButton;

namespace lathe::ui {

/// What is quantized and how. Only the controls that a choice needs are shown.
class PlaygroundControls : public QWidget {
    Q_OBJECT

public:
    explicit PlaygroundControls(QWidget* parent);

    PlaygroundSetup setup() const;

    /// Beside the catalogue's, networks of one's own.
    void setModelFiles(const std::vector<std::string>& files);
    void setParts(std::int64_t parts);
    void setLoadEnabled(bool enabled);

Q_SIGNALS:
    void changed();
    void loadRequested(); ///< of the layer that is chosen

private:
    void buildValues(QWidget& strip);
    void buildLayer(QWidget& strip);
    void buildScheme(QWidget& strip);
    void buildRange(QWidget& strip);
    void connectAll();
    void showNeeded();
    void takeModel();
    void showLayers(const std::vector<std::string>& layers);

    QComboBox* m_source = nullptr;
    QSpinBox* m_samples = nullptr;
    QSpinBox* m_channels = nullptr;
    QSpinBox* m_seed = nullptr;
    QLineEdit* m_numbers = nullptr;
    QComboBox* m_model = nullptr;
    QComboBox* m_layer = nullptr;
    QToolButton* m_load = nullptr;
    QSpinBox* m_bits = nullptr;
    QComboBox* m_scheme = nullptr;
    QComboBox* m_integers = nullptr;
    QComboBox* m_granularity = nullptr;
    QSpinBox* m_group = nullptr;
    QComboBox* m_observer = nullptr;
    QDoubleSpinBox* m_percentile = nullptr;
    QSpinBox* m_part = nullptr;
    LatestWork m_reading; ///< the names of a network's layers
};

/// How the errors are summed.
class GrowthControls : public QWidget {
    Q_OBJECT

public:
    explicit GrowthControls(QWidget* parent);

    ErrorGrowthOptions options() const;

Q_SIGNALS:
    void changed();

private:
    QSpinBox* m_length = nullptr;
    QComboBox* m_order = nullptr;
    QCheckBox* m_weighted = nullptr;
    QSpinBox* m_vectors = nullptr;
};

} // namespace lathe::ui
