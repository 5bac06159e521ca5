#pragma once

#include <QJsonObject>
#include <QWidget>

#include <string>
#include <vector>

#include "core/recipe/recipe.h"

class QComboBox;
class QLineEdit;
class QListWidget;
class QSpinBox;
class QToolButton;

namespace lathe::ui {

class DatasetFields;
class StepForm;

/// A recipe as it is written: what it begins with, its steps in their order, and the settings of the one chosen.
class RecipeForm : public QWidget {
    Q_OBJECT

public:
    explicit RecipeForm(QWidget* parent);

    /// Fails with one sentence on what cannot be.
    Result<Recipe> recipe() const;
    void setRecipe(const Recipe& recipe);

    /// Run, pause, open, save and compare, for above the form and its results.
    QWidget* buttons() const { return m_buttons; }

    void setModelFiles(const std::vector<std::string>& files);
    void setRunEnabled(bool enabled);
    void setStopEnabled(bool enabled);

Q_SIGNALS:
    void edited(); ///< by the user
    void runRequested();
    void stopRequested();
    void openRequested();
    void saveRequested();
    void compareRequested();

private:
    void build();
    QWidget* buildBeginning();
    QWidget* buildStepButtons();
    QWidget* buildMeasuring();
    QWidget* buildButtons();
    QToolButton* addButton(QWidget& strip, const QString& text, const char* name, const QString& tip,
                           void (RecipeForm::*signal)());
    void addStep(const std::string& kind);
    void removeStep();
    void moveStep(int by);
    void showSteps(int current);
    void showStep(int row);
    std::string json() const;

    std::vector<QJsonObject> m_steps;
    std::uint64_t m_seed = 0;
    int m_threads = 0;
    double m_maxSeconds = RecipeMeasuring{}.maxSeconds;
    QWidget* m_buttons = nullptr;
    QLineEdit* m_name = nullptr;
    QComboBox* m_model = nullptr;
    DatasetFields* m_dataset = nullptr;
    QListWidget* m_list = nullptr;
    StepForm* m_step = nullptr;
    QComboBox* m_mode = nullptr;
    QSpinBox* m_batch = nullptr;
    QToolButton* m_remove = nullptr;
    QToolButton* m_up = nullptr;
    QToolButton* m_down = nullptr;
    QToolButton* m_run = nullptr;
    QToolButton* m_stop = nullptr;
};

} // namespace lathe::ui
