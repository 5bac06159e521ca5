#pragma once

#include <QWidget>

#include "ui/distillation/distil_wish.h"
#include "ui/distillation/distil_wizard.h"

class QComboBox;
class QDoubleSpinBox;
class QLineEdit;
class QSpinBox;
class QToolButton;

namespace lathe::ui {

class DatasetFields;

/// Which student learns from which teacher, on what and how.
class DistilForm : public QWidget {
    Q_OBJECT

public:
    explicit DistilForm(QWidget* parent = nullptr);

    /// All but the folder; fails with a sentence on what is missing.
    Result<DistilWish> wish() const;
    double temperature() const;

    /// What the wizard asks for. A dataset that is not said is the usual one.
    DistilBasics basics() const;
    void setBasics(const DistilBasics& basics);
    std::vector<std::string> teachers() const;

    /// Networks of one's own; the last is the teacher unless the user chose.
    void setModelFiles(const std::vector<std::string>& files);

    void setStartEnabled(bool enabled);
    void setStopEnabled(bool enabled);
    void foldMore();

Q_SIGNALS:
    void startRequested();
    void wizardRequested();
    void stopRequested();
    void edited();

private:
    void buildSubject(QWidget& strip);
    void buildTeaching(QWidget& strip);
    void buildButtons(QWidget& strip);
    void buildDetails(QWidget& strip);
    void buildHint(QWidget& strip);
    Result<std::optional<Hint>> hint() const;
    Result<std::optional<Normalisation>> normalisation() const;
    void connectAll();
    void showNeeded();

    DatasetFields* m_dataset = nullptr;
    QComboBox* m_teacher = nullptr;
    QComboBox* m_student = nullptr; ///< can be written into
    QDoubleSpinBox* m_temperature = nullptr;
    QDoubleSpinBox* m_alpha = nullptr;
    QSpinBox* m_seeds = nullptr;
    QSpinBox* m_epochs = nullptr;
    QToolButton* m_start = nullptr;
    QToolButton* m_stop = nullptr;
    QToolButton* m_more = nullptr;
    QWidget* m_details = nullptr;
    QComboBox* m_loss = nullptr;
    QComboBox* m_hint = nullptr;
    QLineEdit* m_teacherLayer = nullptr;
    QLineEdit* m_studentLayer = nullptr;
    QLineEdit* m_mean = nullptr; ///< of the teacher's normalisation; empty: its file's
    QLineEdit* m_deviation = nullptr;
    QComboBox* m_optimizer = nullptr;
    QDoubleSpinBox* m_learningRate = nullptr; ///< 0: the usual
    QComboBox* m_augmentation = nullptr;
    QSpinBox* m_views = nullptr;
    QSpinBox* m_batch = nullptr;
    QSpinBox* m_validation = nullptr;
    QSpinBox* m_patience = nullptr; ///< 0: all epochs
    QSpinBox* m_seed = nullptr;
    bool m_choseTeacher = false; ///< the user did
};

} // namespace lathe::ui
