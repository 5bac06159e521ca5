#include "ui/distillation/distil_wizard.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFileInfo>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

#include "core/analysis/significant.h"
#include "core/formats/model_file.h"
#include "core/graph/cost.h"
#include "ui/controls.h"
#include "ui/datasets/dataset_fields.h"
#include "ui/format.h"
#include "ui/plots/plot_controls.h"

namespace lathe::ui {

namespace {

QLabel* makeText(const QString& text, QWidget* parent)
{
    auto* label = new QLabel(text, parent);
    label->setWordWrap(true);
    return label;
}

/// Next can be pressed where `isDone` says so.
class Step : public QWizardPage {
public:
    Step(std::function<bool()> isDone, QWidget* parent) : QWizardPage(parent), m_isDone(std::move(isDone)) {}
    bool isComplete() const override { return m_isDone(); }

private:
    std::function<bool()> m_isDone;
};

/// Of images whose shape is known without reading them.
std::optional<Shape> shapeOf(const std::string& dataset)
{
    if (dataset.starts_with("fashion-mnist"))
        return Shape{1, 28, 28};
    if (dataset.starts_with("cifar10"))
        return Shape{3, 32, 32};
    return std::nullopt;
}

} // namespace

DistilWizard::DistilWizard(const DistilBasics& basics, const std::vector<std::string>& teachers, QWidget* parent)
    : QWizard(parent)
{
    setObjectName(QStringLiteral("distilWizard"));
    setWindowTitle(tr("Does a teacher help?"));
    setWizardStyle(QWizard::ModernStyle);
    setOption(QWizard::NoBackButtonOnStartPage);
    setButtonText(QWizard::FinishButton, tr("Distil…"));
    buildImages(basics);
    buildTeacher();
    setTeachers(teachers);
    setCombo(m_teacher, basics.teacher);
    buildStudent(basics);
    buildTeaching(basics);
    connect(this, &QWizard::currentIdChanged, this, [this](int page) {
        if (page == StudentPage)
            describeStudent();
        if (page == TeachingPage)
            summarise();
    });
    resize(620, 420);
}

QWizardPage* DistilWizard::addStep(const QString& title, const QString& text, std::function<bool()> isDone)
{
    auto* page = new Step(std::move(isDone), this);
    page->setTitle(title);
    auto* column = new QVBoxLayout(page);
    column->addWidget(makeText(text, page));
    addPage(page);
    return page;
}

void DistilWizard::buildImages(const DistilBasics& basics)
{
    QWizardPage* page =
        addStep(tr("Images"),
                tr("Both students are trained on the same labelled images, and tested once, at the end, on images "
                   "that nothing was chosen by. A tenth of the training images is set aside to watch by."));
    QWidget* strip = makeControlStrip(page);
    page->layout()->addWidget(strip);
    m_dataset = new DatasetFields(*strip,
                                  {QStringLiteral("wizard"), tr("Images"),
                                   tr("What is trained on. Synthetic images are made from a seed: for a try-out")},
                                  this);
    m_dataset->setDataset(basics.dataset);
    m_problem = new ErrorLabel(page);
    m_problem->setObjectName(QStringLiteral("wizardProblem"));
    m_problem->hide();
    page->layout()->addWidget(m_problem);
    connect(m_dataset, &DatasetFields::edited, m_problem, &QWidget::hide);
}

void DistilWizard::buildTeacher()
{
    QWizardPage* page =
        addStep(tr("Teacher"),
                tr("A large network that was trained on these classes. It is asked about every training "
                   "image once, and its answers are kept. It may take another size of images."),
                [this] { return m_teacher->isEnabled(); });
    QWidget* strip = makeControlStrip(page);
    page->layout()->addWidget(strip);
    m_teacher = addLabelledCombo(*strip, tr("Teacher"), QStringLiteral("wizardTeacher"), tr("A trained network"));
    auto* add = new QPushButton(tr("Add model file…"), strip);
    add->setAutoDefault(false); // Return is for Next
    describeControl(add, "wizardAddTeacher", tr("Add model file"), tr("Choose a trained network of your own"));
    strip->layout()->addWidget(add);
    connect(add, &QPushButton::clicked, this, &DistilWizard::modelFileWanted);
    m_noTeacher = makeText(tr("There is none yet. Add the file of a trained network, or train one in the tab Train "
                              "(resnet20 on Fashion-MNIST takes a quarter of an hour) and come back."),
                           page);
    page->layout()->addWidget(m_noTeacher);
}

void DistilWizard::setTeachers(const std::vector<std::string>& teachers)
{
    const std::string chosen = valueOf(m_teacher);
    m_teacher->clear();
    for (const std::string& file : teachers)
        m_teacher->addItem(QFileInfo(toQString(file)).fileName(), toQString(file));
    setCombo(m_teacher, chosen);
    m_teacher->setEnabled(!teachers.empty());
    m_noTeacher->setVisible(teachers.empty());
    Q_EMIT page(TeacherPage)->completeChanged();
}

void DistilWizard::buildStudent(const DistilBasics& basics)
{
    QWizardPage* page =
        addStep(tr("Student"),
                tr("The small network that you want to use in the end. A convolutional network is named "
                   "by its channels: convnet:8,16,32 has three stages. Any architecture of the catalogue "
                   "can be written, too."),
                [this] { return m_hasStudent; });
    QWidget* strip = makeControlStrip(page);
    page->layout()->addWidget(strip);
    m_student = addLabelledCombo(*strip, tr("Student"), QStringLiteral("wizardStudent"), tr("The network that learns"));
    m_student->setEditable(true);
    for (const char* name : {"convnet:8,16,32", "convnet:16,32,64", "convnet:4,8", "lenet", "resnet20"})
        m_student->addItem(QString::fromLatin1(name));
    m_student->setEditText(toQString(basics.student));
    m_aboutStudent = makeText({}, page);
    m_aboutStudent->setObjectName(QStringLiteral("wizardAboutStudent"));
    page->layout()->addWidget(m_aboutStudent);
    connect(m_student, &QComboBox::editTextChanged, this, [this] { describeStudent(); });
}

void DistilWizard::buildTeaching(const DistilBasics& basics)
{
    QWizardPage* page = addStep(
        tr("Teaching"),
        tr("The temperature softens the answers, so that it counts how alike the wrong classes are. The teacher's "
           "weight "
           "is its share of the loss; the labels have the rest. Every seed trains the student twice, with the teacher "
           "and without: fewer than three hardly ever show anything."));
    QWidget* strip = makeControlStrip(page);
    page->layout()->addWidget(strip);
    m_temperature = addSpin<QDoubleSpinBox>(*strip, tr("Temperature"), "wizardTemperature",
                                            tr("1 leaves them as they are"), 1, 1000, 4);
    m_temperature->setValue(basics.temperature);
    m_alpha = addSpin<QDoubleSpinBox>(*strip, tr("Teacher's weight"), "wizardAlpha", tr("From 0 to 1"), 0, 1, 0);
    m_alpha->setSingleStep(0.1);
    m_alpha->setValue(basics.alpha);
    m_seeds = addSpin<QSpinBox>(*strip, tr("Seeds"), "wizardSeeds", tr("Each with a training of both"), 1, 1000,
                                basics.seeds);
    m_epochs = addSpin<QSpinBox>(*strip, tr("Epochs"), "wizardEpochs", tr("Times that all images are trained on"), 1,
                                 100'000, basics.epochs);
    m_summary = makeText({}, page);
    m_summary->setObjectName(QStringLiteral("wizardSummary"));
    page->layout()->addWidget(m_summary);
    for (QSpinBox* spin : {m_seeds, m_epochs})
        connect(spin, &QSpinBox::valueChanged, this, [this] { summarise(); });
}

void DistilWizard::describeStudent()
{
    const Result<std::string> dataset = m_dataset->dataset();
    const std::optional<Shape> shape = dataset ? shapeOf(*dataset) : std::nullopt;
    const std::string name = m_student->currentText().trimmed().toStdString();
    const Result<LoadedModel> model = shape ? buildModel(name, {*shape, 10}) : loadModel(name, {});
    m_hasStudent = model.has_value();
    Q_EMIT page(StudentPage)->completeChanged();
    if (!model) {
        m_aboutStudent->setText(toQString(model.error().message));
        return;
    }
    const GraphCost costs = cost(model->graph);
    m_aboutStudent->setText(
        tr("%L1 parameters, %2 multiply-accumulates for an image of %3.")
            .arg(static_cast<qlonglong>(costs.parameters))
            .arg(toQString(formatSi(static_cast<double>(costs.macs))), toQString(toString(model->graph.inputShape()))));
}

void DistilWizard::summarise()
{
    m_summary->setText(tr("%1 trainings of %2 epochs each. You choose a folder for networks and figures next; an "
                          "experiment that is stopped goes on in the same folder.")
                           .arg(2 * m_seeds->value())
                           .arg(m_epochs->value()));
}

bool DistilWizard::validateCurrentPage()
{
    if (currentId() == ImagesPage) {
        const Result<std::string> dataset = m_dataset->dataset();
        m_problem->setText(dataset ? QString() : toQString(dataset.error().message));
        m_problem->setVisible(!dataset);
        return dataset.has_value();
    }
    return currentPage()->isComplete() && QWizard::validateCurrentPage();
}

Result<DistilBasics> DistilWizard::basics() const
{
    return m_dataset->dataset().map([&](const std::string& dataset) {
        return DistilBasics{dataset,
                            valueOf(m_teacher),
                            m_student->currentText().trimmed().toStdString(),
                            m_temperature->value(),
                            m_alpha->value(),
                            m_seeds->value(),
                            m_epochs->value()};
    });
}

} // namespace lathe::ui
