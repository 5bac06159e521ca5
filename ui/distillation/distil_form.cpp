#include "ui/distillation/distil_form.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFileInfo>
#include <QLineEdit>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/controls.h"
#include "ui/datasets/dataset_fields.h"
#include "ui/format.h"
#include "ui/plots/plot_controls.h"

namespace lathe::ui {

namespace {

constexpr const char* kUsual = "usual";
constexpr const char* kNone = "none";
constexpr int kMostEpochs = 100'000;
constexpr int kUsualEpochs = 10;
constexpr int kMostSeed = 1'000'000'000;

QDoubleSpinBox* addNumber(QWidget& strip, const QString& label, const char* name, const QString& tip, double least,
                          double most, double step, double value)
{
    auto* spin = addSpin<QDoubleSpinBox>(strip, label, name, tip, 0, 1, 0);
    spin->setDecimals(4);
    spin->setRange(least, most);
    spin->setSingleStep(step);
    spin->setDecimals(step < 0.01 ? 4 : 2);
    spin->setValue(value);
    return spin;
}

} // namespace

DistilForm::DistilForm(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("distilForm"));
    QWidget* strip = makeControlStrip(this);
    buildSubject(*strip);
    buildTeaching(*strip);
    buildButtons(*strip);
    m_details = makeControlStrip(this);
    m_details->setObjectName(QStringLiteral("distilDetails"));
    buildDetails(*m_details);
    buildHint(*m_details);
    QVBoxLayout* column = tightColumn(this);
    column->addWidget(strip);
    column->addWidget(m_details);
    m_details->hide();
    connectAll();
    setModelFiles({});
    showNeeded();
}

void DistilForm::buildSubject(QWidget& strip)
{
    m_dataset = new DatasetFields(strip,
                                  {QStringLiteral("distil"), tr("Images"),
                                   tr("What is trained on. Synthetic images are made from a seed: for a try-out")},
                                  this);
    m_teacher = addLabelledCombo(strip, tr("Teacher"), QStringLiteral("distilTeacher"),
                                 tr("A trained network: a file that was trained in the tab Train, or one of yours "
                                    "that was added on the left"));
    keepNarrow(m_teacher, 14);
    m_student = addLabelledCombo(strip, tr("Student"), QStringLiteral("distilStudent"),
                                 tr("The small network that learns. convnet:8,16,32 is a convolutional network with "
                                    "those channels; write others, or the name of any architecture"));
    m_student->setEditable(true);
    for (const char* name : {"convnet:8,16,32", "convnet:16,32,64", "convnet:4,8", "lenet", "resnet20"})
        m_student->addItem(QString::fromLatin1(name));
    keepNarrow(m_student, 14);
}

void DistilForm::buildTeaching(QWidget& strip)
{
    const Distillation usual;
    m_temperature = addNumber(strip, tr("Temperature"), "distilTemperature",
                              tr("Softens the answers of teacher and student, so that it counts how alike the wrong "
                                 "classes are; at 1 the teacher's answer is nearly a label"),
                              0.01, 1000.0, 1.0, usual.temperature);
    m_alpha = addNumber(strip, tr("Teacher's weight"), "distilAlpha",
                        tr("Alpha: share of the teacher's loss; the labels have the rest"), 0.0, 1.0, 0.1, usual.alpha);
    m_seeds = addSpin<QSpinBox>(strip, tr("Seeds"), "distilSeeds",
                                tr("The student is trained twice with each: with the teacher, and without as a "
                                   "control. Fewer than 3 hardly ever show anything"),
                                1, 1000, 3);
    m_epochs =
        addSpin<QSpinBox>(strip, tr("Epochs"), "distilEpochs",
                          tr("Times that all images are trained on, in each training"), 1, kMostEpochs, kUsualEpochs);
}

void DistilForm::buildButtons(QWidget& strip)
{
    m_start = addTextButton(strip, tr("Distil…"), QStringLiteral("distilStart"),
                            tr("Choose a folder for models and figures, and begin; an experiment that was stopped in "
                               "it goes on"),
                            false);
    m_stop = addTextButton(strip, tr("Pause"), QStringLiteral("distilStop"),
                           tr("Stop after this step. Distil into the same folder to go on from there"), false);
    QToolButton* wizard =
        addTextButton(strip, tr("Step by step…"), QStringLiteral("distilWizardButton"),
                      tr("Be asked for images, teacher, student and teaching one after the other"), false);
    connect(wizard, &QToolButton::clicked, this, &DistilForm::wizardRequested);
    m_more = addTextButton(strip, tr("More choices"), QStringLiteral("distilMore"),
                           tr("Loss, optimizer, augmentation, validation, when to end"), true);
}

void DistilForm::buildDetails(QWidget& strip)
{
    m_loss =
        addChoices(strip, tr("Learns"), "distilLoss",
                   tr("What is learnt from the teacher: its probabilities softened by the temperature, its "
                      "logits, or only which class it takes"),
                   {{tr("soft labels"), "soft-labels"}, {tr("logits"), "logits"}, {tr("hard labels"), "hard-labels"}});
    m_augmentation = addChoices(
        strip, tr("Augmentation"), "distilAugmentation",
        tr("Random changes to the training images, the same in both arms"),
        {{tr("none"), kNone}, {tr("crop"), "crop"}, {tr("flip"), "flip"}, {tr("crop and flip"), "crop,flip"}});
    m_views =
        addSpin<QSpinBox>(strip, tr("Views"), "distilViews",
                          tr("Changed versions of each image that the teacher answers to and epochs take in "
                             "turns; 0: new changes in each epoch, and the teacher answers to the image as it is"),
                          0, 1000, 4);
    m_optimizer =
        addChoices(strip, tr("Optimizer"), "distilOptimizer", tr("How gradients change the weights"),
                   {{tr("the usual"), kUsual}, {tr("SGD"), "sgd"}, {tr("Adam"), "adam"}, {tr("AdamW"), "adamw"}});
    m_learningRate = addNumber(strip, tr("Learning rate"), "distilLearningRate",
                               tr("The highest of the schedule; the usual is what goes with student and optimizer"),
                               0.0, 1000.0, 0.001, 0.0);
    m_learningRate->setSpecialValueText(tr("the usual"));
    m_batch =
        addSpin<QSpinBox>(strip, tr("Batch"), "distilBatch", tr("Images in one update of the weights"), 2, 65536, 128);
    m_validation =
        addSpin<QSpinBox>(strip, tr("Validation"), "distilValidation",
                          tr("Share of the training images that are set aside and only measured by"), 0, 90, 10);
    m_validation->setSuffix(tr(" %"));
    m_patience = addSpin<QSpinBox>(strip, tr("Patience"), "distilPatience",
                                   tr("Ends a training after that many epochs without a better validation accuracy, "
                                      "with the weights of the best"),
                                   0, kMostEpochs, 0);
    m_patience->setSpecialValueText(tr("all epochs"));
    m_seed =
        addSpin<QSpinBox>(strip, tr("First seed"), "distilSeed",
                          tr("Of first weights, order and changes of images; the others follow it"), 0, kMostSeed, 0);
}

void DistilForm::buildHint(QWidget& strip)
{
    const auto addLine = [&](const QString& label, const char* name, const QString& usual, const QString& tip) {
        auto* line = new QLineEdit(&strip);
        describeControl(line, name, tip, tip);
        line->setPlaceholderText(usual);
        line->setMaximumWidth(150);
        addLabelled(strip, label, line);
        connect(line, &QLineEdit::textEdited, this, &DistilForm::edited);
        return line;
    };
    m_hint = addChoices(strip, tr("Hint"), "distilHint",
                        tr("What a layer of the student learns from one of the teacher besides: to give the same "
                           "features (of the same shape), or to look at the same places (same height and width)"),
                        {{tr("none"), kNone}, {tr("features"), "features"}, {tr("attention"), "attention"}});
    m_teacherLayer = addLine(tr("Teacher's layer"), "distilTeacherLayer", tr("such as layer2"),
                             tr("Of the hint, by its name in the tab Layers"));
    m_studentLayer = addLine(tr("Student's layer"), "distilStudentLayer", tr("such as relu2"), tr("The same"));
    m_mean = addLine(tr("Teacher's mean"), "distilMean", tr("its file's"),
                     tr("That the teacher's images are normalised by, a number for each channel, such as 0.5, 0.5, "
                        "0.5; empty: as its file says, or else the dataset's"));
    m_deviation = addLine(tr("Deviation"), "distilDeviation", tr("its file's"), tr("The same"));
    connect(m_hint, &QComboBox::activated, this, &DistilForm::edited);
    connect(m_hint, &QComboBox::currentIndexChanged, this, [this] { showNeeded(); });
}

Result<std::optional<Hint>> DistilForm::hint() const
{
    if (valueOf(m_hint) == kNone)
        return std::nullopt;
    const std::string teacher = m_teacherLayer->text().trimmed().toStdString();
    const std::string student = m_studentLayer->text().trimmed().toStdString();
    if (teacher.empty() || student.empty())
        return fail(
            ErrorCode::InvalidArgument,
            tr("A hint goes from a layer of the teacher to one of the student: write both names.").toStdString());
    return hintFromName(valueOf(m_hint)).map([&](Hint::Kind kind) {
        return std::optional(Hint{kind, student, Hint{}.weight});
    });
}

Result<std::optional<Normalisation>> DistilForm::normalisation() const
{
    const auto numbers = [](const QLineEdit* line) -> std::optional<std::vector<double>> {
        std::vector<double> all;
        for (const QString& part : line->text().split(QLatin1Char(','), Qt::SkipEmptyParts)) {
            bool isNumber = false;
            all.push_back(part.trimmed().toDouble(&isNumber));
            if (!isNumber)
                return std::nullopt;
        }
        return all;
    };
    const auto mean = numbers(m_mean);
    const auto deviation = numbers(m_deviation);
    if (!mean || !deviation || mean->size() != deviation->size())
        return fail(ErrorCode::InvalidArgument,
                    tr("The teacher's mean and deviation need as many numbers, one for each "
                       "channel, with commas between them.")
                        .toStdString());
    return mean->empty() ? std::optional<Normalisation>() : Normalisation{*mean, *deviation};
}

void DistilForm::connectAll()
{
    connect(m_start, &QToolButton::clicked, this, [this] {
        m_choseTeacher = true; // students that are added to the files do not take its place
        Q_EMIT startRequested();
    });
    connect(m_stop, &QToolButton::clicked, this, &DistilForm::stopRequested);
    connect(m_more, &QToolButton::toggled, this, [this](bool more) {
        m_details->setVisible(more);
        m_dataset->setShowsMore(more);
    });
    connect(m_dataset, &DatasetFields::edited, this, &DistilForm::edited);
    connect(m_student, &QComboBox::editTextChanged, this, &DistilForm::edited);
    for (QComboBox* combo : {m_teacher, m_loss, m_augmentation, m_optimizer})
        connect(combo, &QComboBox::activated, this, &DistilForm::edited);
    for (QSpinBox* spin : {m_seeds, m_epochs, m_views, m_batch, m_validation, m_patience, m_seed})
        connect(spin, &QSpinBox::valueChanged, this, &DistilForm::edited);
    for (QDoubleSpinBox* spin : {m_temperature, m_alpha, m_learningRate})
        connect(spin, &QDoubleSpinBox::valueChanged, this, &DistilForm::edited);
    connect(m_teacher, &QComboBox::activated, this, [this] { m_choseTeacher = true; });
    for (QComboBox* combo : {m_loss, m_augmentation})
        connect(combo, &QComboBox::currentIndexChanged, this, [this] { showNeeded(); });
}

/// What would do nothing is not asked for.
void DistilForm::showNeeded()
{
    showLabelled(m_temperature, valueOf(m_loss) == "soft-labels");
    showLabelled(m_views, valueOf(m_augmentation) != kNone);
    for (QLineEdit* layer : {m_teacherLayer, m_studentLayer})
        showLabelled(layer, valueOf(m_hint) != kNone);
}

DistilBasics DistilForm::basics() const
{
    return {m_dataset->dataset().value_or(DistilBasics{}.dataset),
            valueOf(m_teacher),
            m_student->currentText().trimmed().toStdString(),
            m_temperature->value(),
            m_alpha->value(),
            m_seeds->value(),
            m_epochs->value()};
}

void DistilForm::setBasics(const DistilBasics& basics)
{
    m_dataset->setDataset(basics.dataset);
    setCombo(m_teacher, basics.teacher);
    m_choseTeacher = true;
    m_student->setEditText(toQString(basics.student));
    m_temperature->setValue(basics.temperature);
    m_alpha->setValue(basics.alpha);
    m_seeds->setValue(basics.seeds);
    m_epochs->setValue(basics.epochs);
}

std::vector<std::string> DistilForm::teachers() const
{
    std::vector<std::string> files;
    for (int i = 0; m_teacher->isEnabled() && i < m_teacher->count(); ++i)
        files.push_back(m_teacher->itemData(i).toString().toStdString());
    return files;
}

double DistilForm::temperature() const
{
    return m_temperature->value();
}

void DistilForm::setModelFiles(const std::vector<std::string>& files)
{
    const std::string before = valueOf(m_teacher);
    m_teacher->clear();
    for (const std::string& file : files)
        m_teacher->addItem(QFileInfo(toQString(file)).fileName(), toQString(file));
    if (files.empty())
        m_teacher->addItem(tr("train one first"), QString());
    m_teacher->setEnabled(!files.empty());
    setCombo(m_teacher, m_choseTeacher || files.empty() ? before : files.back());
}

void DistilForm::setStartEnabled(bool enabled)
{
    m_start->setEnabled(enabled);
}

void DistilForm::setStopEnabled(bool enabled)
{
    m_stop->setEnabled(enabled);
}

void DistilForm::foldMore()
{
    m_more->setChecked(false);
}

Result<DistilWish> DistilForm::wish() const
{
    const std::string teacher = valueOf(m_teacher);
    if (teacher.empty())
        return fail(ErrorCode::InvalidArgument,
                    tr("There is no teacher yet: train a network in the tab Train, or add a model file on the left.")
                        .toStdString());
    const Result<std::string> dataset = m_dataset->dataset();
    const auto loss = teacherLossFromName(valueOf(m_loss));
    if (!dataset)
        return tl::unexpected(dataset.error());
    DistilWish wish;
    TrainingChoices& training = wish.choices.training;
    training.epochs = m_epochs->value();
    training.batch = m_batch->value();
    training.validation = m_validation->value() / 100.0;
    training.augment = valueOf(m_augmentation);
    training.seed = static_cast<std::uint64_t>(m_seed->value());
    if (m_patience->value() > 0)
        training.patience = m_patience->value();
    if (valueOf(m_optimizer) != kUsual)
        training.optimizer = valueOf(m_optimizer);
    if (m_learningRate->value() > 0.0)
        training.learningRate = m_learningRate->value();
    const auto wantedHint = hint();
    const auto wantedNormalisation = normalisation();
    if (!wantedHint)
        return tl::unexpected(wantedHint.error());
    if (!wantedNormalisation)
        return tl::unexpected(wantedNormalisation.error());
    wish.choices.distillation = {*loss, m_temperature->value(), m_alpha->value(), *wantedHint};
    if (*wantedHint)
        wish.choices.teacherNode = m_teacherLayer->text().trimmed().toStdString();
    wish.choices.views = valueOf(m_augmentation) == kNone ? 0 : m_views->value();
    wish.choices.seeds = m_seeds->value();
    wish.names = {*dataset, teacher, m_student->currentText().trimmed().toStdString(), training.seed,
                  *wantedNormalisation};
    return wish;
}

} // namespace lathe::ui
