#pragma once

#include <QWidget>

#include "ui/pruning/prune_work.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLineEdit;
class QSpinBox;
class QToolButton;

namespace lathe::ui {

class SubjectFields;

/// Which network is pruned, and how. All but the first few choices are behind a button, and only those that make a
/// difference are shown.
class PruneForm : public QWidget {
    Q_OBJECT

public:
    explicit PruneForm(QWidget* parent);

    /// Fails with a sentence on what is missing.
    Result<PruningWish> wish() const;

    /// Beside the catalogue's, networks of one's own.
    void foldMore(); ///< hides what *More choices* shows
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
    void buildWay(QWidget& strip);
    void buildButtons(QWidget& strip);
    void buildDetails(QWidget& strip);
    void buildSteps(QWidget& strip);
    void connectAll();
    void takeWay();
    void showNeeded();
    bool isOfMasks() const;
    bool isPattern() const;
    bool takesMaskFile() const;
    std::vector<std::string> excluded() const;
    Result<PruningPlan> plan() const;
    ChannelPruningOptions channels() const;

    SubjectFields* m_subject = nullptr;
    QComboBox* m_way = nullptr;
    QComboBox* m_method = nullptr;
    QDoubleSpinBox* m_amount = nullptr;
    QLineEdit* m_maskFile = nullptr;
    QSpinBox* m_kept = nullptr; ///< of a pattern
    QSpinBox* m_of = nullptr;
    QComboBox* m_scope = nullptr;
    QToolButton* m_start = nullptr;
    QToolButton* m_stop = nullptr;
    QToolButton* m_save = nullptr;
    QToolButton* m_more = nullptr;
    QWidget* m_details = nullptr;
    QLineEdit* m_excluded = nullptr;
    QLineEdit* m_rules = nullptr;
    QComboBox* m_aim = nullptr;
    QSpinBox* m_steps = nullptr;
    QSpinBox* m_epochs = nullptr;
    QSpinBox* m_roundTo = nullptr;
    QCheckBox* m_byMeasurement = nullptr;
    QCheckBox* m_heads = nullptr;
    QCheckBox* m_stream = nullptr;
    QCheckBox* m_biases = nullptr;
    QCheckBox* m_permanent = nullptr;
};

} // namespace lathe::ui
