#pragma once

#include <QWidget>

#include "core/training/train_to_file.h"

class QComboBox;
class QDoubleSpinBox;
class QSpinBox;

namespace lathe::ui {

class DatasetFields;

/// What is trained, on what, and how. A change of the network or the optimizer brings what goes with it.
class TrainForm : public QWidget {
    Q_OBJECT

public:
    explicit TrainForm(QWidget* parent = nullptr);

    /// All but the file to write.
    TrainingWish wish() const;

    /// "lenet-fashion-mnist.safetensors".
    QString suggestedFile() const;

private:
    void addSubject();
    void addMethod();
    void addCourse();
    void takeNetwork();
    void takeOptimizer();
    Shape imageShape() const;
    std::string architecture() const;

    QComboBox* m_network = nullptr;
    DatasetFields* m_dataset = nullptr;
    QComboBox* m_optimizer = nullptr;
    QDoubleSpinBox* m_learningRate = nullptr;
    QDoubleSpinBox* m_weightDecay = nullptr;
    QComboBox* m_schedule = nullptr;
    QComboBox* m_augmentation = nullptr;
    QSpinBox* m_epochs = nullptr;
    QSpinBox* m_batch = nullptr;
    QSpinBox* m_validation = nullptr;
    QComboBox* m_kept = nullptr;
    QSpinBox* m_seed = nullptr;
    TrainingOptions m_usual; ///< of the network and optimizer chosen
};

} // namespace lathe::ui
