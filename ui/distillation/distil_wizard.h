#pragma once

#include <QWizard>

#include <functional>
#include <string>
#include <vector>

#include "core/base/result.h"

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QSpinBox;

namespace lathe::ui {

class DatasetFields;

/// What an experiment cannot do without; the rest has usual values.
struct DistilBasics {
    std::string dataset = "fashion-mnist"; ///< as in dataset_name.h
    std::string teacher;                   ///< a model file
    std::string student = "convnet:8,16,32";
    double temperature = 4.0;
    double alpha = 0.9;
    int seeds = 3;
    int epochs = 10;
};

/// Asks for an experiment step by step, and says what each choice means: images, teacher, student, teaching.
class DistilWizard : public QWizard {
    Q_OBJECT

public:
    /// `teachers`: model files to choose from.
    DistilWizard(const DistilBasics& basics, const std::vector<std::string>& teachers, QWidget* parent = nullptr);

    /// Others to choose from: files were added meanwhile.
    void setTeachers(const std::vector<std::string>& teachers);

    /// As chosen; fails with a sentence on what is missing.
    Result<DistilBasics> basics() const;

    bool validateCurrentPage() override;

Q_SIGNALS:
    void modelFileWanted(); ///< the user wants to add one of their own

private:
    enum Page { ImagesPage, TeacherPage, StudentPage, TeachingPage };

    QWizardPage* addStep(
        const QString& title, const QString& text, std::function<bool()> isDone = [] { return true; });
    void buildImages(const DistilBasics& basics);
    void buildTeacher();
    void buildStudent(const DistilBasics& basics);
    void buildTeaching(const DistilBasics& basics);
    void describeStudent();
    void summarise();

    DatasetFields* m_dataset = nullptr;
    QComboBox* m_teacher = nullptr;
    QLabel* m_noTeacher = nullptr;
    QComboBox* m_student = nullptr;
    QLabel* m_aboutStudent = nullptr;
    bool m_hasStudent = false; ///< what is written names a network
    QDoubleSpinBox* m_temperature = nullptr;
    QDoubleSpinBox* m_alpha = nullptr;
    QSpinBox* m_seeds = nullptr;
    QSpinBox* m_epochs = nullptr;
    QLabel* m_summary = nullptr;
    QLabel* m_problem = nullptr;
};

} // namespace lathe::ui
