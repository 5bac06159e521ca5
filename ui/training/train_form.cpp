#include "ui/training/train_form.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLineEdit>
#include <QSpinBox>

#include <algorithm>

#include "core/architectures/catalogue.h"
#include "core/benchmark/environment.h"
#include "core/datasets/image_folder.h"
#include "ui/controls.h"
#include "ui/datasets/dataset_fields.h"
#include "ui/flow_layout.h"
#include "ui/format.h"
#include "ui/plots/plot_controls.h"

namespace lathe::ui {

namespace {

QSpinBox* addSpin(QWidget& parent, const QString& label, const char* name, const QString& tip, int low, int high)
{
    auto* spin = new QSpinBox(&parent);
    describeControl(spin, name, tip, tip);
    spin->setRange(low, high);
    addLabelled(parent, label, spin);
    return spin;
}

QDoubleSpinBox* addFine(QWidget& parent, const QString& label, const char* name, const QString& tip, double high)
{
    auto* spin = new QDoubleSpinBox(&parent);
    describeControl(spin, name, tip, tip);
    spin->setDecimals(5);
    spin->setRange(0.0, high);
    spin->setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
    addLabelled(parent, label, spin);
    return spin;
}

} // namespace

TrainForm::TrainForm(QWidget* parent) : QWidget(parent)
{
    setObjectName("trainForm");
    auto* layout = new FlowLayout(this);
    layout->setContentsMargins(6, 4, 6, 4);
    addSubject();
    addMethod();
    addCourse();
    takeNetwork();
    connect(m_network, &QComboBox::activated, this, &TrainForm::takeNetwork);
    connect(m_optimizer, &QComboBox::activated, this, &TrainForm::takeOptimizer);
}

void TrainForm::addSubject()
{
    m_network = addLabelledCombo(*this, tr("Network"), "trainNetwork", tr("Architecture to train from new weights"));
    for (const Architecture& architecture : catalogue())
        if (architecture.vocabulary == 0)
            m_network->addItem(toQString(architecture.name), toQString(architecture.name));
    keepNarrow(m_network, 14);
    m_dataset =
        new DatasetFields(*this, {QStringLiteral("train"), tr("Dataset"), tr("Labelled images to train on")}, this);
    m_dataset->setShowsMore(true);
}

void TrainForm::addMethod()
{
    m_optimizer = addLabelledCombo(*this, tr("Optimizer"), "trainOptimizer", tr("How gradients change the weights"));
    for (const auto& [text, kind] :
         {std::pair(tr("SGD"), OptimizerOptions::Kind::Sgd), std::pair(tr("Adam"), OptimizerOptions::Kind::Adam),
          std::pair(tr("AdamW"), OptimizerOptions::Kind::AdamW)})
        m_optimizer->addItem(text, toQString(name(kind)));
    m_learningRate = addFine(*this, tr("Learning rate"), "trainLearningRate", tr("The highest of the schedule"), 1e6);
    m_weightDecay = addFine(*this, tr("Weight decay"), "trainWeightDecay", tr("Pull of every weight towards 0"), 1e6);
    m_schedule = addLabelledCombo(*this, tr("Schedule"), "trainSchedule", tr("How the learning rate changes"));
    m_schedule->addItem(tr("cosine"), toQString(name(Schedule::Cosine)));
    m_schedule->addItem(tr("constant"), toQString(name(Schedule::Constant)));
    m_augmentation = addLabelledCombo(*this, tr("Augmentation"), "trainAugmentation",
                                      tr("Random changes to the training images, new in each epoch"));
    m_augmentation->addItem(tr("none"), QStringLiteral(""));
    m_augmentation->addItem(tr("crop"), QStringLiteral("crop"));
    m_augmentation->addItem(tr("flip"), QStringLiteral("flip"));
    m_augmentation->addItem(tr("crop and flip"), QStringLiteral("crop,flip"));
}

void TrainForm::addCourse()
{
    m_epochs = addSpin(*this, tr("Epochs"), "trainEpochs", tr("Times that all images are trained on"), 1, 100'000);
    m_batch = addSpin(*this, tr("Batch"), "trainBatch", tr("Images in one update of the weights"), 2, 65536);
    m_validation = addSpin(*this, tr("Validation"), "trainValidation",
                           tr("Share of the training images that are set aside and only measured by"), 0, 90);
    m_validation->setSuffix(tr(" %"));
    m_kept = addLabelledCombo(*this, tr("Keep"), "trainKept", tr("Which weights are saved in the end"));
    m_kept->addItem(tr("last epoch"), QStringLiteral("last"));
    m_kept->addItem(tr("best epoch"), QStringLiteral("best"));
    m_kept->setItemData(1, tr("The one with the highest validation accuracy"), Qt::ToolTipRole);
    m_seed = addSpin(*this, tr("Seed"), "trainSeed",
                     tr("Of the first weights, the order of the images and their augmentation"), 0, 1'000'000'000);
}

std::string TrainForm::architecture() const
{
    return valueOf(m_network);
}

/// A dataset's own; synthetic images are as the network takes them.
Shape TrainForm::imageShape() const
{
    const std::string kind = m_dataset->kind();
    if (kind == "fashion-mnist")
        return {1, 28, 28};
    if (kind == "cifar10")
        return {3, 32, 32};
    const auto found = findArchitecture(architecture());
    const Shape usual = found ? (*found)->defaultInput : Shape{};
    return kind == "folder" ? imageFolderShape(m_dataset->folder()).value_or(usual) : usual;
}

void TrainForm::takeNetwork()
{
    if (const Result<Graph> graph = buildArchitecture(architecture()))
        m_usual = usualOptions(*graph);
    setCombo(m_optimizer, std::string(name(m_usual.optimizer.kind)));
    setCombo(m_schedule, std::string(name(m_usual.schedule)));
    m_epochs->setValue(m_usual.epochs);
    m_batch->setValue(static_cast<int>(m_usual.batch));
    m_validation->setValue(qRound(100.0 * m_usual.validationShare));
    setCombo(m_augmentation, m_usual.augmentation.flip ? "crop,flip" : "");
    takeOptimizer();
}

void TrainForm::takeOptimizer()
{
    const auto kind = optimizerFromName(valueOf(m_optimizer));
    const Result<Graph> graph = buildArchitecture(architecture());
    if (kind && graph)
        m_usual = usualOptions(*graph, *kind);
    m_learningRate->setValue(m_usual.learningRate);
    m_weightDecay->setValue(m_usual.optimizer.weightDecay);
}

TrainingWish TrainForm::wish() const
{
    TrainingWish wish;
    wish.names = {architecture(),
                  m_dataset->dataset().value_or(m_dataset->kind()), // what is missing is said when it is loaded
                  {},
                  static_cast<std::uint64_t>(m_seed->value())};
    TrainingOptions& options = wish.options = m_usual;
    options.schedule = scheduleFromName(valueOf(m_schedule)).value_or(options.schedule);
    options.learningRate = m_learningRate->value();
    options.optimizer.weightDecay = m_weightDecay->value();
    const QString changes = m_augmentation->currentData().toString();
    options.augmentation.flip = changes.contains(QLatin1String("flip"));
    options.augmentation.cropPadding =
        changes.contains(QLatin1String("crop")) ? usualCropPadding(imageShape()) : std::int64_t{0};
    options.epochs = m_epochs->value();
    options.warmUpEpochs = std::min(options.warmUpEpochs, 0.25 * options.epochs);
    options.batch = m_batch->value();
    options.validationShare = m_validation->value() / 100.0;
    options.kept = valueOf(m_kept) == "best" ? Kept::Best : Kept::Last;
    options.seed = wish.names.seed;
    options.threads = usableCores();
    return wish;
}

QString TrainForm::suggestedFile() const
{
    return QStringLiteral("%1-%2.safetensors").arg(toQString(architecture()), toQString(m_dataset->kind()));
}

} // namespace lathe::ui
