#pragma once

#include <QJsonObject>
#include <QWidget>

class QVBoxLayout;

namespace lathe::ui {

/// The settings of one step of a recipe, as recipe.h's JSON has them. A field that is left empty has its usual value;
/// what the step says beside the fields stays.
class StepForm : public QWidget {
    Q_OBJECT

public:
    explicit StepForm(QWidget* parent);

    void setStep(const QJsonObject& step); ///< an empty one: nothing to set
    const QJsonObject& step() const { return m_step; }

Q_SIGNALS:
    void edited(); ///< by the user

private:
    void take(const char* key, const QJsonValue& value);

    QJsonObject m_step;
    QWidget* m_fields = nullptr;
    QVBoxLayout* m_column;
};

} // namespace lathe::ui
