#pragma once

class QWidget;

namespace lathe::ui {

/// What each figure means and how it is measured; stays open beside the window.
void showFiguresHelp(QWidget* window);

/// Which files of weights can be opened, and the JSON form of architectures.
void showGraphFormatHelp(QWidget* window);

/// How budgets, the best, the front and the trends are to be read.
void showChoosingHelp(QWidget* window);

/// How the roofline is measured and read.
void showRooflineHelp(QWidget* window);

/// What the explanations beside a record say, and what they rest on.
void showWhyHelp(QWidget* window);

/// What the playground shows: formulas, ranges, and why errors do not add up.
void showQuantizationHelp(QWidget* window);
void showPruningHelp(QWidget* window);

/// How a student learns from a teacher, and how to tell whether it helped.
void showDistillationHelp(QWidget* window);

/// Datasets, what training chooses by itself, stopping and going on.
void showRecipesHelp(QWidget* window);
void showTrainingHelp(QWidget* window);

/// The shortcuts of the window's actions, and what the mouse does.
void showShortcuts(QWidget* window);

/// Versions and licence.
void showAbout(QWidget* window);

} // namespace lathe::ui
