#include "ui/quantization/playground_controls.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <limits>

#include "core/benchmark/estimate.h"
#include "ui/architectures/network_list.h"
#include "ui/controls.h"
#include "ui/format.h"
#include "ui/plots/plot_controls.h"

namespace lathe::ui {

namespace {

constexpr int kSamples = 4096;
constexpr int kMostSamples = 1000000;
constexpr int kMostChannels = 64;
constexpr int kUsualChannels = 8; // where each has a scale of its own
constexpr int kMostGroup = 65536;
constexpr int kMostLength = 65536;
constexpr int kMostVectors = 100000;
constexpr const char* kGiven = "given";
constexpr const char* kWeights = "weights";
constexpr const char* kActivations = "activations";
constexpr const char* kAffine = "affine";
constexpr const char* kSymmetric = "symmetric";
constexpr const char* kSigned = "signed";
constexpr const char* kUnsigned = "unsigned";

std::vector<std::string> layersOf(const std::string& model, bool activations)
{
    const Result<Graph> graph = graphOf({.model = model, .input = {}});
    if (!graph)
        return {};
    if (!activations)
        return layersWithWeights(*graph);
    std::vector<std::string> names;
    for (const Node& node : graph->nodes())
        names.push_back(node.name);
    return names;
}

} // namespace

PlaygroundControls::PlaygroundControls(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("playgroundControls"));
    QWidget* strip = makeControlStrip(this);
    buildValues(*strip);
    buildLayer(*strip);
    buildScheme(*strip);
    buildRange(*strip);
    tightColumn(this)->addWidget(strip);
    connectAll();
    showNeeded();
}

void PlaygroundControls::buildValues(QWidget& strip)
{
    m_source = addChoices(
        strip, tr("Values"), "playgroundSource",
        tr("What is quantized: values drawn from a distribution (all of mean 0 and standard deviation 1), numbers of "
           "your "
           "own, or those of a layer. Heavy-tailed is Student's t with 3 degrees of freedom: rare values lie far out"),
        {{tr("normal"), name(Distribution::Normal)},
         {tr("uniform"), name(Distribution::Uniform)},
         {tr("Laplace"), name(Distribution::Laplace)},
         {tr("heavy-tailed"), name(Distribution::HeavyTailed)},
         {tr("numbers of your own"), kGiven},
         {tr("weights of a layer"), kWeights},
         {tr("activations of a layer"), kActivations}});
    m_samples = addSpin<QSpinBox>(strip, tr("Samples"), "playgroundSamples",
                                  tr("Values that are drawn for each channel"), 1, kMostSamples, kSamples);
    m_channels = addSpin<QSpinBox>(strip, tr("Channels"), "playgroundChannels",
                                   tr("Channels that are drawn; their spreads go from 1 down to a tenth, as those of a "
                                      "trained layer differ, which is what a scale per channel is for"),
                                   1, kMostChannels, 1);
    m_numbers = new QLineEdit(QStringLiteral("0.1, -2, 0.5, 1.7, -0.3, 0.02"), &strip);
    m_numbers->setMinimumWidth(260);
    describeControl(m_numbers, "playgroundNumbers", tr("Numbers of your own"),
                    tr("Numbers with commas or blanks between them; a semicolon begins another channel"));
    addLabelled(strip, tr("Numbers"), m_numbers);
}

void PlaygroundControls::buildLayer(QWidget& strip)
{
    m_model = addLabelledCombo(strip, tr("Network"), QStringLiteral("playgroundModel"),
                               tr("Whose layer is taken. The catalogue's networks have no trained weights here: theirs "
                                  "are drawn from the seed. A model file, added on the left, has its own"));
    m_layer = addLabelledCombo(strip, tr("Layer"), QStringLiteral("playgroundLayer"),
                               tr("The layer whose weights, or what it gives out, are quantized"));
    keepNarrow(m_model, 14);
    keepNarrow(m_layer, 20);
    m_seed = addSpin<QSpinBox>(strip, tr("Seed"), "playgroundSeed",
                               tr("Of all that is drawn: the same seed gives the same values"), 0, 999999, 1);
    m_load = addTextButton(strip, tr("Load"), QStringLiteral("playgroundLoad"),
                           tr("Read the layer; for activations the network runs once on a random input"), false);
    setModelFiles({});
}

void PlaygroundControls::buildScheme(QWidget& strip)
{
    m_bits = addSpin<QSpinBox>(strip, tr("Bits"), "playgroundBits",
                               tr("Bits of an integer: each one more halves the step, and adds 6 dB"), 2, 8, 8);
    m_scheme =
        addChoices(strip, tr("Zero point"), "playgroundScheme",
                   tr("Affine: the range may lie anywhere around 0, and z says which integer 0 is. Symmetric: z is "
                      "in the middle and the range reaches as far down as up, so that z drops out of sums"),
                   {{tr("affine"), kAffine}, {tr("symmetric"), kSymmetric}});
    m_integers = addChoices(strip, tr("Integers"), "playgroundIntegers",
                            tr("Signed: −128 to 127 with 8 bits. Unsigned: 0 to 255"),
                            {{tr("signed"), kSigned}, {tr("unsigned"), kUnsigned}});
    m_granularity = addChoices(strip, tr("One scale per"), "playgroundGranularity",
                               tr("Which values share s and z. Smaller parts fit better and cost more scales"),
                               {{tr("tensor"), name(Granularity::Kind::PerTensor)},
                                {tr("channel"), name(Granularity::Kind::PerChannel)},
                                {tr("group"), name(Granularity::Kind::PerGroup)}});
    m_group =
        addSpin<QSpinBox>(strip, tr("of"), "playgroundGroup",
                          tr("Neighbouring values of a group; the last of a row may be shorter"), 1, kMostGroup, 32);
}

void PlaygroundControls::buildRange(QWidget& strip)
{
    m_observer = addChoices(
        strip, tr("Range by"), "playgroundObserver",
        tr("Which values the integers reach. Least and largest: nothing is clipped. Percentile: the rarest are "
           "clipped, for a finer step. Squared error: the range with the least mean squared error. Entropy: "
           "the range whose distribution stays nearest (Kullback and Leibler)"),
        {{tr("least and largest"), name(ObserverKind::MinMax)},
         {tr("percentile"), name(ObserverKind::Percentile)},
         {tr("squared error"), name(ObserverKind::MeanSquaredError)},
         {tr("entropy"), name(ObserverKind::Entropy)}});
    m_percentile = addSpin<QDoubleSpinBox>(strip, tr("keeping"), "playgroundPercentile",
                                           tr("Per cent of the values that stay inside"), 51, 100, 99);
    m_percentile->setDecimals(3);
    m_percentile->setValue(99.9);
    m_percentile->setSuffix(tr(" %"));
    m_part = addSpin<QSpinBox>(strip, tr("Show part"), "playgroundPart",
                               tr("The channel or group that plots, table and formulas show"), 1, 1, 1);
}

void PlaygroundControls::connectAll()
{
    const auto tell = [this] {
        showNeeded();
        Q_EMIT changed();
    };
    connect(m_granularity, &QComboBox::currentIndexChanged, this, [this, tell] {
        const QSignalBlocker quiet(m_channels);
        if (setup().choice.granularity.kind == Granularity::Kind::PerChannel && m_channels->value() == 1)
            m_channels->setValue(kUsualChannels);
        tell();
    });
    for (QComboBox* combo : {m_scheme, m_integers, m_observer, m_layer})
        connect(combo, &QComboBox::currentIndexChanged, this, tell);
    for (QSpinBox* spin : {m_samples, m_channels, m_seed, m_bits, m_group, m_part})
        connect(spin, &QSpinBox::valueChanged, this, tell);
    connect(m_percentile, &QDoubleSpinBox::valueChanged, this, tell);
    connect(m_numbers, &QLineEdit::editingFinished, this, tell);
    connect(m_model, &QComboBox::currentIndexChanged, this, [this] { takeModel(); });
    connect(m_source, &QComboBox::currentIndexChanged, this, [this, tell] {
        if (setup().ofLayer())
            takeModel();
        tell();
    });
    connect(m_load, &QToolButton::clicked, this, &PlaygroundControls::loadRequested);
}

void PlaygroundControls::showNeeded()
{
    const PlaygroundSetup now = setup();
    const bool drawn = now.source == PlaygroundSetup::Source::Drawn;
    showLabelled(m_samples, drawn);
    showLabelled(m_channels, drawn);
    showLabelled(m_seed, now.source != PlaygroundSetup::Source::Given);
    showLabelled(m_numbers, now.source == PlaygroundSetup::Source::Given);
    showLabelled(m_model, now.ofLayer());
    showLabelled(m_layer, now.ofLayer());
    m_load->setVisible(now.ofLayer());
    showLabelled(m_group, now.choice.granularity.kind == Granularity::Kind::PerGroup);
    showLabelled(m_percentile, now.choice.observer.kind == ObserverKind::Percentile);
    showLabelled(m_part, m_part->maximum() > 1);
}

void PlaygroundControls::setModelFiles(const std::vector<std::string>& files)
{
    listNetworks(m_model, files, "resnet18");
}

void PlaygroundControls::takeModel()
{
    const bool activations = setup().source == PlaygroundSetup::Source::Activations;
    m_reading.start(
        this, [model = valueOf(m_model), activations](const std::stop_token&) { return layersOf(model, activations); },
        [this](const std::vector<std::string>& layers) { showLayers(layers); });
}

void PlaygroundControls::showLayers(const std::vector<std::string>& layers)
{
    const QString before = m_layer->currentText();
    {
        const QSignalBlocker quiet(m_layer);
        m_layer->clear();
        for (const std::string& layer : layers)
            m_layer->addItem(toQString(layer), toQString(layer));
        m_layer->setCurrentIndex(std::max(0, m_layer->findText(before)));
        keepNarrow(m_layer, 20);
    }
    Q_EMIT changed();
}

void PlaygroundControls::setParts(std::int64_t parts)
{
    const QSignalBlocker quiet(m_part);
    m_part->setMaximum(static_cast<int>(std::min<std::int64_t>(parts, std::numeric_limits<int>::max())));
    showNeeded();
}

void PlaygroundControls::setLoadEnabled(bool enabled)
{
    m_load->setEnabled(enabled && m_layer->count() > 0);
}

PlaygroundSetup PlaygroundControls::setup() const
{
    PlaygroundSetup setup;
    const std::string source = valueOf(m_source);
    setup.source = source == kGiven         ? PlaygroundSetup::Source::Given
                   : source == kWeights     ? PlaygroundSetup::Source::Weights
                   : source == kActivations ? PlaygroundSetup::Source::Activations
                                            : PlaygroundSetup::Source::Drawn;
    setup.distribution = distributionFromName(source).value_or(Distribution::Normal);
    setup.channels = m_channels->value();
    setup.samples = m_samples->value();
    setup.seed = static_cast<std::uint64_t>(m_seed->value());
    setup.numbers = m_numbers->text().toStdString();
    setup.model = valueOf(m_model);
    setup.layer = {valueOf(m_layer), setup.source == PlaygroundSetup::Source::Activations, 1, setup.seed};
    setup.choice.format = {m_bits->value(), valueOf(m_integers) == kSigned, valueOf(m_scheme) == kSymmetric};
    setup.choice.granularity.kind = granularityFromName(valueOf(m_granularity)).value_or(Granularity::Kind::PerTensor);
    setup.choice.granularity.groupSize = m_group->value();
    setup.choice.observer.kind = observerFromName(valueOf(m_observer)).value_or(ObserverKind::MinMax);
    setup.choice.observer.percentile = m_percentile->value();
    setup.part = m_part->value() - 1;
    return setup;
}

GrowthControls::GrowthControls(QWidget* parent) : QWidget(parent)
{
    QWidget* strip = makeControlStrip(this);
    tightColumn(this)->addWidget(strip);
    m_length = addSpin<QSpinBox>(*strip, tr("Terms, n ="), "growthLength",
                                 tr("Values of the longest vector, whose errors are summed: a dot product of a linear "
                                    "layer has as many as the layer has inputs"),
                                 1, kMostLength, 1024);
    m_order = addChoices(*strip, tr("taken"), "growthOrder",
                         tr("How the values of a vector are taken. Independent: any of the values above, each anew. In "
                            "order: neighbours, as they stand in the tensor. Runs: each value 16 times, as in an even "
                            "patch of a picture. All equal: one value n times, so that all errors are the same"),
                         {{tr("independently"), name(VectorOrder::Independent)},
                          {tr("in order"), name(VectorOrder::InOrder)},
                          {tr("in runs of 16"), name(VectorOrder::Runs)},
                          {tr("all equal"), name(VectorOrder::Constant)}});
    m_weighted = new QCheckBox(tr("dot product"), strip);
    describeControl(
        m_weighted, "growthWeighted", tr("Sum the errors of a dot product"),
        tr("Sum each error times a normal weight of variance 1, as a dot product of x_hat with w does; else the "
           "plain errors"));
    strip->layout()->addWidget(m_weighted);
    m_vectors =
        addSpin<QSpinBox>(*strip, tr("Vectors"), "growthVectors", tr("Sums that are drawn"), 100, kMostVectors, 4000);
    for (QSpinBox* spin : {m_length, m_vectors})
        connect(spin, &QSpinBox::valueChanged, this, &GrowthControls::changed);
    connect(m_order, &QComboBox::currentIndexChanged, this, &GrowthControls::changed);
    connect(m_weighted, &QCheckBox::toggled, this, &GrowthControls::changed);
}

ErrorGrowthOptions GrowthControls::options() const
{
    ErrorGrowthOptions options;
    options.length = m_length->value();
    options.vectors = m_vectors->value();
    options.order = vectorOrderFromName(valueOf(m_order)).value_or(VectorOrder::Independent);
    options.weighted = m_weighted->isChecked();
    return options;
}

} // namespace lathe::ui
