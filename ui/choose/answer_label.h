#pragma once

#include <QLabel>

#include <string>
#include <vector>

namespace lathe::ui {

/// Sentences under a plot: the first stands out, all can be selected and copied by mouse and keyboard.
class AnswerLabel : public QLabel {
    Q_OBJECT

public:
    explicit AnswerLabel(QWidget* parent = nullptr);

    void setSentences(const std::vector<std::string>& sentences, bool firstStandsOut);
};

} // namespace lathe::ui
