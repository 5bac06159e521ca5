#pragma once

#include <QWidget>

#include "ui/distillation/distiller.h"
#include "ui/plots/soft_labels_plot.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QSpinBox;

namespace lathe::ui {

class LegendStrip;

/// One test image, and how sure teacher and students are of each class: what a teacher knows beyond labels.
class SoftLabelsPage : public QWidget {
    Q_OBJECT

public:
    explicit SoftLabelsPage(QWidget* parent);

    /// Begins with the first image on which the arms differ.
    void showState(const DistilState& state);
    void showAnswers(const ImageAnswers& answers);
    void showProblem(const QString& sentence);
    SoftLabelsPlot* plot() const { return m_plot; }

Q_SIGNALS:
    void wanted(std::size_t seed, std::int64_t image);

private:
    void build();
    QWidget* buildPicture();
    void ask();
    void step(int direction);
    void takeSeed();
    QString verdictText(const ImageAnswers& answers) const;

    QComboBox* m_seed = nullptr;
    QSpinBox* m_image = nullptr;
    QCheckBox* m_onlyDiffering = nullptr;
    QLabel* m_picture = nullptr;
    QLabel* m_text = nullptr;
    LegendStrip* m_legend = nullptr;
    SoftLabelsPlot* m_plot = nullptr;
    std::shared_ptr<const ExperimentSubject> m_subject;
    std::shared_ptr<const ExperimentResult> m_result;
    std::vector<std::int64_t> m_differing; ///< of the seed
};

} // namespace lathe::ui
