#include "ui/compression/subject_fields.h"

#include <QComboBox>
#include <QLineEdit>
#include <QSpinBox>

#include "core/benchmark/estimate.h"
#include "core/datasets/dataset_name.h"
#include "ui/architectures/network_list.h"
#include "ui/controls.h"
#include "ui/plots/plot_controls.h"

namespace lathe::ui {

namespace {

constexpr const char* kRandom = "random";
constexpr const char* kFashionMnist = "fashion-mnist";
constexpr const char* kCifar10 = "cifar10";
constexpr const char* kSynthetic = "synthetic";
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
    m_dataset = addChoices(strip, texts.dataset, qPrintable(m_prefix + QStringLiteral("Dataset")), texts.datasetTip,
                           {{tr("random inputs"), kRandom},
                            {tr("Fashion-MNIST"), kFashionMnist},
                            {tr("CIFAR-10"), kCifar10},
                            {tr("synthetic images"), kSynthetic}});
    m_folder = new QLineEdit(&strip);
    m_folder->setMinimumWidth(180);
    addLabelled(strip, tr("Folder"), m_folder);
    m_images = addSpin<QSpinBox>(strip, tr("Images"), qPrintable(m_prefix + QStringLiteral("Images")), texts.imagesTip,
                                 1, kMostImages, kImages);
    for (QComboBox* combo : {m_network, m_dataset})
        connect(combo, &QComboBox::activated, this, &SubjectFields::edited);
    connect(m_images, &QSpinBox::editingFinished, this, &SubjectFields::edited);
    connect(m_folder, &QLineEdit::textEdited, this, &SubjectFields::edited);
    connect(m_network, &QComboBox::currentIndexChanged, this, [this] { takeNetwork(); });
    connect(m_network, &QComboBox::activated, this, [this] { m_choseNetwork = true; });
    connect(m_dataset, &QComboBox::activated, this, [this] { m_choseDataset = true; });
    connect(m_dataset, &QComboBox::currentIndexChanged, this, [this] { showNeeded(); });
    setModelFiles({});
    showNeeded();
}

std::string SubjectFields::network() const
{
    return valueOf(m_network);
}

bool SubjectFields::hasImages() const
{
    return valueOf(m_dataset) != kRandom;
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
    m_showsMore = more;
    showNeeded();
}

void SubjectFields::takeNetwork()
{
    Q_EMIT networkChanged();
    m_reading.start(
        this, [model = network()](const std::stop_token&) { return usualDataset(model); },
        [this](const std::string& dataset) {
            if (m_choseDataset)
                return;
            setCombo(m_dataset, dataset);
            showNeeded();
        });
}

void SubjectFields::showNeeded()
{
    const std::string dataset = valueOf(m_dataset);
    const bool isCifar = dataset == kCifar10;
    const bool isFashion = dataset == kFashionMnist;
    showLabelled(m_folder, isCifar || (isFashion && (m_showsMore || !isInUsualFolder(dataset))));
    m_folder->setPlaceholderText(isCifar ? tr("with data_batch_1.bin …") : tr("Debian's package"));
    const QString tip =
        isCifar ? tr("Folder with CIFAR-10's binary files")
                : tr("Folder with Fashion-MNIST's four IDX files, gzipped or not; empty: that of Debian's package");
    describeControl(m_folder, qPrintable(m_prefix + QStringLiteral("Folder")), tip, tip);
    showLabelled(m_images, hasImages());
    Q_EMIT datasetChanged();
}

Result<CompressionSubjectNames> SubjectFields::names() const
{
    const std::string dataset = valueOf(m_dataset);
    const std::string folder = dataset == kSynthetic ? std::string() : m_folder->text().trimmed().toStdString();
    if (dataset == kCifar10 && folder.empty())
        return fail(ErrorCode::InvalidArgument,
                    tr("Write where CIFAR-10's binary files lie into the field Folder.").toStdString());
    CompressionSubjectNames names;
    names.model = network();
    if (hasImages()) // as dataset_name.h has it
        names.calibration = dataset + (folder.empty() ? "" : ":" + folder) + ":" + std::to_string(m_images->value());
    return names;
}

} // namespace lathe::ui
