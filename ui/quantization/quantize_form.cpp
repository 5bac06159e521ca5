#include "ui/quantization/quantize_form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>

#include "core/benchmark/environment.h"
#include "ui/compression/subject_fields.h"
#include "ui/controls.h"
#include "ui/format.h"
#include "ui/plots/plot_controls.h"

namespace lathe::ui {

namespace {

constexpr const char* kSigned = "signed";
constexpr const char* kUnsigned = "unsigned";
constexpr int kMostGroup = 65536;
constexpr int kMostEpochs = 1000;
constexpr int kWholeBits = 8;
constexpr int kGroupedBits = 4; // from here down a scale for a whole channel is too coarse

/// Of a row of controls: what is lower would stand at its top.
int rowHeight(const QWidget& strip)
{
    const auto* list = strip.findChild<QComboBox*>();
    return list != nullptr ? list->sizeHint().height() : 0;
}

QCheckBox* addCheck(QWidget& strip, const QString& text, const char* name, const QString& tip)
{
    auto* box = new QCheckBox(text, &strip);
    describeControl(box, name, text, tip);
    box->setMinimumHeight(rowHeight(strip));
    strip.layout()->addWidget(box);
    return box;
}

int exactBits(Scheme scheme)
{
    return scheme == Scheme::WeightOnly ? kWholeBits : weightBitsFor(currentInstructionSets());
}

} // namespace

QuantizeForm::QuantizeForm(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("quantizeForm"));
    QWidget* strip = makeControlStrip(this);
    buildSubject(*strip);
    buildButtons(*strip);
    m_details = makeControlStrip(this);
    m_details->setObjectName(QStringLiteral("quantizeDetails"));
    buildWeights(*m_details);
    buildActivations(*m_details);
    buildCorrections(*m_details);
    QVBoxLayout* column = tightColumn(this);
    column->addWidget(strip);
    column->addWidget(m_details);
    connectAll();
    takeScheme();
}

void QuantizeForm::buildSubject(QWidget& strip)
{
    m_subject = new SubjectFields(
        strip,
        {QStringLiteral("quantize"),
         tr("What is quantized. The catalogue's networks have no trained weights here: their speed can be told and not "
            "their accuracy. A model file, trained in the tab Train or added on the left, has its own"),
         tr("Calibrate on"),
         tr("What the network is run on to see how large its values become, so that the integers reach as far. Images "
            "like those it will be used on give the best result; random numbers do to see the speed"),
         tr("Training images that the network is run on; some hundred are enough")},
        this);
    m_scheme = addChoices(
        strip, tr("Scheme"), "quantizeScheme",
        tr("Static: convolutions and linear layers multiply 8-bit integers, on grids that are found beforehand. "
           "Dynamic: linear layers alone, and the grid of what comes in is found anew each time. Weight-only: weights "
           "are stored as integers and computed with as floating-point numbers, which saves memory"),
        {{tr("static int8"), name(Scheme::Static)},
         {tr("dynamic int8"), name(Scheme::Dynamic)},
         {tr("weights only"), name(Scheme::WeightOnly)}});
}

void QuantizeForm::buildButtons(QWidget& strip)
{
    m_start = addTextButton(strip, tr("Quantize"), QStringLiteral("quantizeStart"),
                            tr("Quantize the network and see what it costs, layer by layer"), false);
    m_stop =
        addTextButton(strip, tr("Stop"), QStringLiteral("quantizeStop"), tr("Stop what is being done here"), false);
    m_save = addTextButton(strip, tr("Save as…"), QStringLiteral("quantizeSave"),
                           tr("Write the quantized network to a file, which is then listed among the networks to "
                              "measure"),
                           false);
    m_more = addTextButton(strip, tr("More choices"), QStringLiteral("quantizeMore"),
                           tr("Show how weights and values are rounded, and what may be done about the errors"), true);
}

void QuantizeForm::buildWeights(QWidget& strip)
{
    m_bits = addSpin<QSpinBox>(strip, tr("Weight bits"), "quantizeBits",
                               tr("Bits of an integer that stands for a weight: each one less doubles the step"), 2,
                               kWholeBits, kWholeBits);
    m_granularity = addChoices(strip, tr("One scale per"), "quantizeGranularity",
                               tr("Which weights share a scale. Channels of one layer differ in size, so that a scale "
                                  "for each loses less than one for the whole tensor; groups are smaller still"),
                               {{tr("channel"), name(Granularity::Kind::PerChannel)},
                                {tr("tensor"), name(Granularity::Kind::PerTensor)},
                                {tr("group"), name(Granularity::Kind::PerGroup)}});
    m_group =
        addSpin<QSpinBox>(strip, tr("of"), "quantizeGroup", tr("Neighbouring weights of a group"), 1, kMostGroup, 32);
}

void QuantizeForm::buildActivations(QWidget& strip)
{
    m_observer = addChoices(
        strip, tr("Range of values by"), "quantizeObserver",
        tr("How far the integers for values between layers reach. Squared error: as far as rounds best. Least and "
           "largest: nothing is cut off, and one value far out makes all others coarse. Moving average: of the "
           "batches' least and largest. Percentile: the rarest are cut off. Entropy: the distribution stays nearest"),
        {{tr("squared error"), name(ObserverKind::MeanSquaredError)},
         {tr("least and largest"), name(ObserverKind::MinMax)},
         {tr("moving average"), name(ObserverKind::MovingAverage)},
         {tr("percentile"), name(ObserverKind::Percentile)},
         {tr("entropy"), name(ObserverKind::Entropy)}});
    m_percentile = addSpin<QDoubleSpinBox>(strip, tr("keeping"), "quantizePercentile",
                                           tr("Per cent of the values that stay inside"), 51, 100, 99);
    m_percentile->setDecimals(3);
    m_percentile->setValue(99.99);
    m_percentile->setSuffix(tr(" %"));
    m_integers = addChoices(strip, tr("Values as"), "quantizeIntegers",
                            tr("Integers for the values between layers: 0 to 255, or −128 to 127"),
                            {{tr("uint8"), kUnsigned}, {tr("int8"), kSigned}});
}

void QuantizeForm::buildCorrections(QWidget& strip)
{
    m_equalizes = addCheck(strip, tr("equalize layers"), "quantizeEqualize",
                           tr("Cross-layer equalization: scale the channels of a layer up or down, and the next layer "
                              "the other way, so that all channels use the integers alike. The network computes the "
                              "same"));
    m_correctsBiases = addCheck(strip, tr("correct biases"), "quantizeCorrectBiases",
                                tr("Bias correction: where rounding shifts the mean of what a layer gives out, take "
                                   "the shift off its bias"));
    m_epochs = addSpin<QSpinBox>(strip, tr("Fine-tune for"), "quantizeEpochs",
                                 tr("Epochs of training under the rounding (quantization-aware training), for where "
                                    "too much accuracy is lost; 0: none. It takes as long as training does"),
                                 0, kMostEpochs, 0);
    m_epochs->setSuffix(tr(" epochs"));
    m_cpu = new QLabel(&strip);
    m_cpu->setObjectName(QStringLiteral("quantizeCpu"));
    m_cpu->setMinimumHeight(rowHeight(strip));
    strip.layout()->addWidget(m_cpu);
}

void QuantizeForm::connectAll()
{
    connect(m_subject, &SubjectFields::edited, this, &QuantizeForm::edited);
    connect(m_subject, &SubjectFields::datasetChanged, this, [this] { showNeeded(); });
    connect(m_scheme, &QComboBox::activated, this, &QuantizeForm::edited);
    for (QComboBox* combo : m_details->findChildren<QComboBox*>())
        connect(combo, &QComboBox::activated, this, &QuantizeForm::edited);
    for (QCheckBox* box : findChildren<QCheckBox*>())
        connect(box, &QCheckBox::clicked, this, &QuantizeForm::edited);
    for (QAbstractSpinBox* box : m_details->findChildren<QAbstractSpinBox*>())
        connect(box, &QAbstractSpinBox::editingFinished, this, &QuantizeForm::edited);
    connect(m_start, &QToolButton::clicked, this, &QuantizeForm::startRequested);
    connect(m_stop, &QToolButton::clicked, this, &QuantizeForm::stopRequested);
    connect(m_save, &QToolButton::clicked, this, &QuantizeForm::saveRequested);
    connect(m_more, &QToolButton::toggled, m_subject, &SubjectFields::setShowsMore); // which tells of the dataset
    connect(m_scheme, &QComboBox::currentIndexChanged, this, [this] { takeScheme(); });
    for (QComboBox* combo : {m_observer, m_granularity})
        connect(combo, &QComboBox::currentIndexChanged, this, [this] { showNeeded(); });
    connect(m_bits, &QSpinBox::valueChanged, this, [this](int bits) {
        if (scheme() == Scheme::WeightOnly && bits <= kGroupedBits)
            setCombo(m_granularity, std::string(name(Granularity::Kind::PerGroup)));
        showNeeded();
    });
}

void QuantizeForm::setModelFiles(const std::vector<std::string>& files)
{
    m_subject->setModelFiles(files);
}

/// What goes with it: bits that its products add exactly, and groups where there are any.
void QuantizeForm::takeScheme()
{
    const int exact = exactBits(scheme());
    m_bits->setMaximum(exact);
    m_bits->setValue(exact);
    if (scheme() != Scheme::WeightOnly && valueOf(m_granularity) == name(Granularity::Kind::PerGroup))
        setCombo(m_granularity, std::string(name(Granularity::Kind::PerChannel)));
    setChoiceEnabled(m_granularity, name(Granularity::Kind::PerGroup), scheme() == Scheme::WeightOnly);
    m_cpu->setText(exact < kWholeBits
                       ? tr("%1 bits: this CPU has no VNNI, and sums of 8-bit products overflow there.").arg(exact)
                       : tr("8 bits: this CPU has VNNI, which adds their products exactly."));
    showNeeded();
}

void QuantizeForm::showNeeded()
{
    m_details->setVisible(m_more->isChecked());
    const bool isGrouped = valueOf(m_granularity) == name(Granularity::Kind::PerGroup);
    const bool isStatic = scheme() == Scheme::Static;
    m_cpu->setVisible(scheme() != Scheme::WeightOnly);
    showLabelled(m_group, isGrouped);
    showLabelled(m_observer, isStatic);
    showLabelled(m_percentile, isStatic && valueOf(m_observer) == name(ObserverKind::Percentile));
    showLabelled(m_integers, isStatic);
    showLabelled(m_epochs, m_subject->hasImages() && !isGrouped);
}

Scheme QuantizeForm::scheme() const
{
    return schemeFromName(valueOf(m_scheme)).value_or(Scheme::Static);
}

QuantizationOptions QuantizeForm::options() const
{
    QuantizationOptions options;
    options.scheme = scheme();
    options.weights.bits = m_bits->value();
    options.weights.granularity = {granularityFromName(valueOf(m_granularity)).value_or(Granularity::Kind::PerChannel),
                                   0, m_group->value()};
    options.activations.kind = observerFromName(valueOf(m_observer)).value_or(ObserverKind::MeanSquaredError);
    options.activations.percentile = m_percentile->value();
    options.signedActivations = valueOf(m_integers) == kSigned;
    options.equalizes = m_equalizes->isChecked();
    options.correctsBiases = m_correctsBiases->isChecked();
    return options;
}

Result<QuantizationWish> QuantizeForm::wish() const
{
    const Result<CompressionSubjectNames> names = m_subject->names();
    if (!names)
        return tl::unexpected(names.error());
    QuantizationWish wish;
    wish.names = *names;
    wish.options = options();
    wish.fineTuneEpochs = m_epochs->isVisibleTo(m_details) ? m_epochs->value() : 0;
    return wish;
}

void QuantizeForm::setStartEnabled(bool enabled)
{
    m_start->setEnabled(enabled);
}

void QuantizeForm::setStopEnabled(bool enabled)
{
    m_stop->setEnabled(enabled);
}

void QuantizeForm::setSaveEnabled(bool enabled)
{
    m_save->setEnabled(enabled);
}

} // namespace lathe::ui
