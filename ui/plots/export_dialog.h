#pragma once

#include <QDialog>

#include <functional>
#include <memory>

#include "ui/plots/plot_export.h"

namespace lathe::ui {

/// Asks for format, size, titles, light or dark and text, with a preview, and writes the file.
class ExportDialog : public QDialog {
    Q_OBJECT

public:
    /// `source` must outlive the dialog.
    explicit ExportDialog(const ExportSource* source, QWidget* parent = nullptr);
    ~ExportDialog() override;

    ExportOptions options() const;
    PlotFormat format() const;

    /// How the file is asked for: proposed name in, path or nothing out. Tests put their own in.
    using ChooseFile = std::function<QString(const QString& proposed)>;
    void setChooseFile(ChooseFile choose);

    void accept() override; ///< asks for the file, writes it; a failure is shown in place and the dialog stays

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace lathe::ui
