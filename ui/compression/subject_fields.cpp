#include "ui/compression/subject_fields.h"

#include <QComboBox>
#include <QSpinBox>

#include "core/benchmark/estimate.h"
#include "core/datasets/dataset_name.h"
#include "ui/architectures/network_list.h"
#include "ui/controls.h"
#include "ui/datasets/dataset_fields.h"
#include "ui/plots/plot_controls.h"

namespace lathe::ui {

namespace {

constexpr const char* kRandom = ""; ///< as DatasetFields has them
constexpr const char* kFashionMnist = "fashion-mnist";
constexpr int kImages = 256;
constexpr int kMostImages = 100'000;

/// Debian's Fashion-MNIST is what small networks of grey images here are trained on; of others nobody knows.
std::string usualDataset(const std::string& model)
{
    const Result<Graph> graph = graphOf({.model = model, .input = {}});
    const bool isGrey = graph && graph->inputShape() == Shape{1, 28, 28};
    return isGrey && isInUsualFolder(kFashionMnist) ? kFashionMnist : kRandom;
}

} // namespace

SubjectFields::SubjectFields(QWidget& strip, const Texts& texts, QObject* parent)
    : QObject(parent), m_prefix(texts.prefix)
{
    m_network = addLabelledCombo(strip, tr("Network"), m_prefix + QStringLiteral("Network"), texts.networkTip);
    keepNarrow(m_network, 14);
    m_dataset = new DatasetFields(strip, {m_prefix, texts.dataset, texts.datasetTip, true}, this);
    m_images = addSpin<QSpinBox>(strip, tr("Images"), qPrintable(m_prefix + QStringLiteral("Images")), texts.imagesTip,
                                 1, kMostImages, kImages);
    connect(m_network, &QComboBox::activated, this, &SubjectFields::edited);
    connect(m_dataset, &DatasetFields::edited, this, &SubjectFields::edited);
    connect(m_images, &QSpinBox::editingFinished, this, &SubjectFields::edited);
    connect(m_network, &QComboBox::currentIndexChanged, this, [this] { takeNetwork(); });
    connect(m_network, &QComboBox::activated, this, [this] { m_choseNetwork = true; });
    connect(m_dataset, &DatasetFields::edited, this, [this] { m_choseDataset = true; });
    connect(m_dataset, &DatasetFields::changed, this, [this] { showNeeded(); });
    setModelFiles({});
    showNeeded();
}

std::string SubjectFields::network() const
{
    return valueOf(m_network);
}

bool SubjectFields::hasImages() const
{
    return !m_dataset->kind().empty();
}

void SubjectFields::setModelFiles(const std::vector<std::string>& files)
{
    const std::string before = network();
    listNetworks(m_network, files, "resnet18");
    if (!m_choseNetwork && !files.empty())
        setCombo(m_network, files.back());
    if (network() != before)
        takeNetwork();
}

void SubjectFields::setShowsMore(bool more)
{
    m_dataset->setShowsMore(more);
    showNeeded(); // forms show more of their own with it
}

void SubjectFields::takeNetwork()
{
    Q_EMIT networkChanged();
    m_reading.start(
        this, [model = network()](const std::stop_token&) { return usualDataset(model); },
        [this](const std::string& dataset) {
            if (m_choseDataset)
                return;
            m_dataset->setDataset(dataset);
        });
}

void SubjectFields::showNeeded()
{
    showLabelled(m_images, hasImages());
    Q_EMIT datasetChanged();
}

Result<CompressionSubjectNames> SubjectFields::names() const
{
    return m_dataset->dataset().map([&](const std::string& dataset) {
        CompressionSubjectNames names;
        names.model = network();
        if (hasImages()) // as dataset_name.h has it
            names.calibration = dataset + ":" + std::to_string(m_images->value());
        return names;
    });
}

} // namespace lathe::ui
