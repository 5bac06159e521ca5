#include "ui/pruning/prune_form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLineEdit>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/compression/subject_fields.h"
#include "ui/controls.h"
#include "ui/format.h"
#include "ui/plots/plot_controls.h"

namespace lathe::ui {

namespace {

constexpr const char* kMasks = "masks";
constexpr const char* kChannels = "channels";
constexpr const char* kPattern = "pattern";
constexpr const char* kFile = "file";
constexpr const char* kL1 = "l1";
constexpr const char* kRandom = "random";
constexpr const char* kEach = "each";
constexpr const char* kTogether = "together";
constexpr int kMostOfPattern = 64;
constexpr int kMostSteps = 100;
constexpr int kUsualSteps = 5;
constexpr int kMostEpochs = 1000;
constexpr int kMostMultiple = 512;
constexpr double kUsualAmount = 50.0; // %

std::vector<std::string> split(const QString& text)
{
    std::vector<std::string> parts;
    for (const QString& part : text.split(QLatin1Char(','), Qt::SkipEmptyParts))
        if (!part.trimmed().isEmpty())
            parts.push_back(part.trimmed().toStdString());
    return parts;
}

QLineEdit* addLine(QWidget& strip, const QString& label, const char* name, const QString& tip, const QString& hint)
{
    auto* line = new QLineEdit(&strip);
    describeControl(line, name, label, tip);
    line->setPlaceholderText(hint);
    line->setMinimumWidth(170);
    addLabelled(strip, label, line);
    return line;
}

void fill(QComboBox* combo, const Choices& entries)
{
    combo->clear();
    for (const auto& [text, value] : entries)
        combo->addItem(text, toQString(value));
}

} // namespace

PruneForm::PruneForm(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("pruneForm"));
    QWidget* strip = makeControlStrip(this);
    m_subject = new SubjectFields(
        *strip,
        {QStringLiteral("prune"),
         tr("What is pruned. The catalogue's networks have no trained weights here: size and speed can be told and not "
            "the accuracy. A model file, trained in the tab Train or added on the left, has its own; one with masks is "
            "pruned further"),
         tr("Images"),
         tr("What outputs are compared on, and what is trained on afterwards. Random inputs do to see size and speed"),
         tr("Training images that outputs are compared on; some hundred are enough")},
        this);
    buildWay(*strip);
    buildButtons(*strip);
    m_details = makeControlStrip(this);
    m_details->setObjectName(QStringLiteral("pruneDetails"));
    buildDetails(*m_details);
    buildSteps(*m_details);
    QVBoxLayout* column = tightColumn(this);
    column->addWidget(strip);
    column->addWidget(m_details);
    connectAll();
    takeWay();
}

void PruneForm::buildWay(QWidget& strip)
{
    m_way = addChoices(strip, tr("Prune"), "pruneWay",
                       tr("Weights: single ones become 0 under masks, as torch.nn.utils.prune does it; the network is "
                          "as large and as fast as before. Channels: whole ones are taken out, and the network becomes "
                          "smaller and faster"),
                       {{tr("weights (masks)"), kMasks}, {tr("channels"), kChannels}});
    m_method =
        addLabelledCombo(strip, tr("by"), QStringLiteral("pruneMethod"),
                         tr("What goes first. l1: the smallest magnitudes (sums of them for channels); l2: "
                            "channels with the smallest Euclidean norm; bn-scale: with the smallest scale of the "
                            "batch normalisation; taylor: those that the loss would miss least, found on the "
                            "images; random: any; N of each M: the N largest of each M weights stay"));
    m_amount = addSpin<QDoubleSpinBox>(strip, tr("Amount"), "pruneAmount", tr("Per cent that goes"), 0, 99,
                                       static_cast<int>(kUsualAmount));
    m_amount->setRange(0.1, 99.9);
    m_amount->setDecimals(1);
    m_amount->setSuffix(tr(" %"));
    m_kept = addSpin<QSpinBox>(strip, tr("Keep"), "pruneKept", tr("Weights that stay of each group"), 1,
                               kMostOfPattern - 1, 2);
    m_of = addSpin<QSpinBox>(strip, tr("of"), "pruneOf", tr("Weights of a group: neighbouring inputs"), 2,
                             kMostOfPattern, 4);
    m_maskFile = addLine(strip, tr("Mask file"), "pruneMaskFile",
                         tr("A safetensors or PyTorch file with tensors of 0 and 1 named conv1.weight_mask, or "
                            "conv1.weight, of the weights' shapes: 0 is pruned"),
                         tr("masks.safetensors"));
    m_scope = addChoices(strip, tr("of"), "pruneScope",
                         tr("Whether each layer loses that much, or all layers together, so that those with many small "
                            "values lose more"),
                         {{tr("each layer"), kEach}, {tr("all layers together"), kTogether}});
}

void PruneForm::buildButtons(QWidget& strip)
{
    m_start = addTextButton(strip, tr("Prune"), QStringLiteral("pruneStart"),
                            tr("Prune the network and see what goes, layer by layer"), false);
    m_stop = addTextButton(strip, tr("Stop"), QStringLiteral("pruneStop"), tr("Stop what is being done here"), false);
    m_save = addTextButton(strip, tr("Save as…"), QStringLiteral("pruneSave"),
                           tr("Write the pruned network to a file, which is then listed among the networks to measure. "
                              "A name that ends in .pt gets a file that Python's torch.load opens"),
                           false);
    m_more = addTextButton(strip, tr("More choices"), QStringLiteral("pruneMore"),
                           tr("Show what is left out, steps with training between them, and what else may go"), true);
}

void PruneForm::buildDetails(QWidget& strip)
{
    m_excluded = addLine(strip, tr("Exclude"), "pruneExclude",
                         tr("Layers that stay as they are, separated by commas: names, also with * and ?"),
                         tr("conv1, layer4.*"));
    m_rules = addLine(strip, tr("Rules"), "pruneRules",
                      tr("Otherwise for some layers, separated by commas: conv=l1:0.2, linear=random:0.4, "
                         "layer1.*=l1:30, fc=2:4. Of several that mean a layer the last holds"),
                      tr("linear=random:0.4"));
    m_roundTo = addSpin<QSpinBox>(strip, tr("Widths are multiples of"), "pruneRoundTo",
                                  tr("Channels that stay; kernels work in vectors of 8 or 16"), 1, kMostMultiple, 1);
    const auto check = [&](const QString& text, const char* name, const QString& tip) {
        auto* box = new QCheckBox(text, &strip);
        describeControl(box, name, text, tip);
        box->setMinimumHeight(m_excluded->sizeHint().height());
        strip.layout()->addWidget(box);
        return box;
    };
    m_byMeasurement =
        check(tr("round widths by measurement"), "pruneByMeasurement",
              tr("Kernels have width cliffs: time widths from the amount's own upwards here, and take the fastest"));
    m_heads = check(tr("attention heads too"), "pruneHeads",
                    tr("Whole attention heads may go; otherwise they stay, since one is much of a layer"));
    m_stream =
        check(tr("embedding width too"), "pruneStream",
              tr("The width of a transformer's embedding may go; otherwise it stays, since every layer reads it"));
    m_biases = check(tr("biases too"), "pruneBiases", tr("Biases lose the amount as well as weights"));
    m_permanent =
        check(tr("make masks permanent"), "prunePermanent",
              tr("The masks go and the zeros stay, as prune.remove does it; the file is then as large as that "
                 "of the original"));
}

void PruneForm::buildSteps(QWidget& strip)
{
    m_aim = addLabelledCombo(strip, tr("The amount is of"), QStringLiteral("pruneAim"),
                             tr("What goes by that share: channels at once; or parameters, multiply-accumulates or the "
                                "measured time, in steps until that much is saved"));
    fill(m_aim, {{tr("channels"), "channels"},
                 {tr("parameters"), "parameters"},
                 {tr("MACs"), "macs"},
                 {tr("measured time"), "latency"}});
    m_steps = addSpin<QSpinBox>(strip, tr("Steps"), "pruneSteps",
                                tr("In how many steps the amount is reached, with the training after each"), 1,
                                kMostSteps, 1);
    m_epochs = addSpin<QSpinBox>(
        strip, tr("Fine-tune for"), "pruneEpochs",
        tr("Epochs of training on the dataset after each step; what was pruned stays 0. 0: none"), 0, kMostEpochs, 0);
    m_epochs->setSuffix(tr(" epochs"));
}

void PruneForm::connectAll()
{
    connect(m_subject, &SubjectFields::edited, this, &PruneForm::edited);
    connect(m_subject, &SubjectFields::datasetChanged, this, [this] { showNeeded(); });
    for (QComboBox* combo : {m_way, m_method, m_scope, m_aim})
        connect(combo, &QComboBox::activated, this, &PruneForm::edited);
    for (QCheckBox* box : m_details->findChildren<QCheckBox*>())
        connect(box, &QCheckBox::clicked, this, &PruneForm::edited);
    for (QAbstractSpinBox* box :
         std::initializer_list<QAbstractSpinBox*>{m_amount, m_kept, m_of, m_roundTo, m_steps, m_epochs})
        connect(box, &QAbstractSpinBox::editingFinished, this, &PruneForm::edited);
    for (QLineEdit* line : {m_excluded, m_rules, m_maskFile})
        connect(line, &QLineEdit::textEdited, this, &PruneForm::edited);
    connect(m_start, &QToolButton::clicked, this, &PruneForm::startRequested);
    connect(m_stop, &QToolButton::clicked, this, &PruneForm::stopRequested);
    connect(m_save, &QToolButton::clicked, this, &PruneForm::saveRequested);
    connect(m_more, &QToolButton::toggled, m_subject, &SubjectFields::setShowsMore); // which tells of the dataset
    connect(m_way, &QComboBox::currentIndexChanged, this, [this] { takeWay(); });
    connect(m_method, &QComboBox::currentIndexChanged, this, [this] { showNeeded(); });
    connect(m_rules, &QLineEdit::textChanged, this, [this] { showNeeded(); });
    connect(m_aim, &QComboBox::currentIndexChanged, this, [this] {
        if (valueOf(m_aim) != kChannels && m_steps->value() == 1)
            m_steps->setValue(kUsualSteps);
        showNeeded();
    });
}

void PruneForm::foldMore()
{
    m_more->setChecked(false);
}

void PruneForm::setModelFiles(const std::vector<std::string>& files)
{
    m_subject->setModelFiles(files);
}

bool PruneForm::isOfMasks() const
{
    return valueOf(m_way) == kMasks;
}

bool PruneForm::isPattern() const
{
    return valueOf(m_method) == kPattern;
}

bool PruneForm::takesMaskFile() const
{
    return isOfMasks() && valueOf(m_method) == kFile;
}

void PruneForm::takeWay()
{
    if (isOfMasks()) {
        fill(m_method, {{tr("magnitude (l1)"), kL1},
                        {tr("chance (random)"), kRandom},
                        {tr("N of each M"), kPattern},
                        {tr("masks of a file"), kFile}});
    } else {
        using enum ChannelCriterion;
        fill(m_method, {{tr("norm (l2)"), name(L2)},
                        {tr("magnitude (l1)"), name(L1)},
                        {tr("chance (random)"), name(Random)},
                        {tr("batch norm scale"), name(BatchNormScale)},
                        {tr("loss (taylor)"), name(Taylor)}});
    }
    keepNarrow(m_method, 16);
    showNeeded();
}

void PruneForm::showNeeded()
{
    const bool masks = isOfMasks();
    const bool pattern = masks && isPattern();
    const bool hasRules = masks && !split(m_rules->text()).empty();
    const bool hasAmount = !pattern && !takesMaskFile();
    const bool given = masks || valueOf(m_aim) == kChannels;
    m_details->setVisible(m_more->isChecked());
    showLabelled(m_amount, hasAmount);
    showLabelled(m_maskFile, takesMaskFile());
    showLabelled(m_kept, pattern);
    showLabelled(m_of, pattern);
    showLabelled(m_scope, hasAmount);
    showLabelled(m_rules, masks && !takesMaskFile());
    showLabelled(m_aim, !masks);
    showLabelled(m_steps, masks ? hasAmount && !hasRules : !given);
    showLabelled(m_epochs, m_subject->hasImages());
    showLabelled(m_roundTo, !masks);
    for (QWidget* channels : {m_heads, m_stream})
        channels->setVisible(!masks);
    m_byMeasurement->setVisible(!masks && given);
    m_biases->setVisible(masks && !takesMaskFile());
    m_permanent->setVisible(masks);
}

std::vector<std::string> PruneForm::excluded() const
{
    return split(m_excluded->text());
}

Result<PruningPlan> PruneForm::plan() const
{
    PruningPlan plan;
    plan.excluded = excluded();
    plan.biases = m_biases->isChecked();
    PruningStep step;
    step.amount = m_amount->value() / 100.0;
    if (valueOf(m_method) == kRandom)
        step.method = PruningStep::Method::Random;
    if (isPattern()) {
        step.method = PruningStep::Method::NOfM;
        step.pattern = {m_kept->value(), m_of->value()};
    }
    plan.isGlobal = !isPattern() && valueOf(m_scope) == kTogether;
    plan.rules.push_back({"*", step});
    if (isPattern() && m_kept->value() >= m_of->value())
        return fail(ErrorCode::InvalidArgument, tr("Keep fewer weights than a group has: %1 of %2 would leave all.")
                                                    .arg(m_kept->value())
                                                    .arg(m_of->value())
                                                    .toStdString());
    for (const std::string& text : split(m_rules->text())) {
        const Result<PruningRule> rule = ruleFromText(text);
        if (!rule)
            return tl::unexpected(rule.error());
        plan.rules.push_back(*rule);
    }
    return plan;
}

ChannelPruningOptions PruneForm::channels() const
{
    ChannelPruningOptions options;
    options.measure.criterion = channelCriterionFromName(valueOf(m_method)).value_or(ChannelCriterion::L2);
    options.amount.ratio = m_amount->value() / 100.0;
    options.amount.isGlobal = valueOf(m_scope) == kTogether;
    options.amount.roundTo = m_roundTo->value();
    options.choice = {m_heads->isChecked(), m_stream->isChecked(), excluded()};
    return options;
}

Result<PruningWish> PruneForm::wish() const
{
    const Result<CompressionSubjectNames> names = m_subject->names();
    if (!names)
        return tl::unexpected(names.error());
    PruningWish wish;
    wish.names = *names;
    wish.amount = m_amount->value() / 100.0;
    wish.fineTuneEpochs = m_subject->hasImages() ? m_epochs->value() : 0;
    if (!isOfMasks()) {
        wish.way = channels();
        const int aim = m_aim->currentIndex();
        wish.aim = static_cast<PruningWish::Aim>(aim);
        wish.roundsByMeasurement = wish.aim == PruningWish::Aim::Given && m_byMeasurement->isChecked();
        wish.steps = wish.aim == PruningWish::Aim::Given ? 1 : m_steps->value();
        return wish;
    }
    const Result<PruningPlan> masks = plan();
    if (!masks)
        return tl::unexpected(masks.error());
    wish.followsAmount = !isPattern() && !takesMaskFile() && masks->rules.size() == 1;
    if (takesMaskFile())
        wish.maskFile = m_maskFile->text().trimmed().toStdString();
    if (takesMaskFile() && wish.maskFile.empty())
        return fail(ErrorCode::InvalidArgument,
                    tr("Write where the masks lie into the field Mask file.").toStdString());
    wish.way = *masks;
    wish.steps = wish.followsAmount ? m_steps->value() : 1;
    wish.isPermanent = m_permanent->isChecked();
    return wish;
}

void PruneForm::setStartEnabled(bool enabled)
{
    m_start->setEnabled(enabled);
}

void PruneForm::setStopEnabled(bool enabled)
{
    m_stop->setEnabled(enabled);
}

void PruneForm::setSaveEnabled(bool enabled)
{
    m_save->setEnabled(enabled);
}

} // namespace lathe::ui
