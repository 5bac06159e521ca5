#include "ui/datasets/dataset_fields.h"

#include <QComboBox>
#include <QLineEdit>

#include "core/datasets/dataset_name.h"
#include "ui/plots/plot_controls.h"

namespace lathe::ui {

namespace {

constexpr const char* kFashionMnist = "fashion-mnist";
constexpr const char* kCifar10 = "cifar10";
constexpr const char* kRandom = "";
constexpr const char* kImageFolder = "folder";
constexpr const char* kSynthetic = "synthetic";

} // namespace

DatasetFields::DatasetFields(QWidget& strip, const Texts& texts, QObject* parent)
    : QObject(parent), m_prefix(texts.prefix)
{
    Choices choices{{tr("Fashion-MNIST"), kFashionMnist},
                    {tr("CIFAR-10"), kCifar10},
                    {tr("folder by class"), kImageFolder},
                    {tr("synthetic images"), kSynthetic}};
    if (texts.hasRandomInputs)
        choices.insert(choices.begin(), {tr("random inputs"), kRandom});
    m_dataset = addChoices(strip, texts.label, qPrintable(m_prefix + QStringLiteral("Dataset")), texts.tip, choices);
    m_folder = new QLineEdit(&strip);
    m_folder->setMinimumWidth(180);
    addLabelled(strip, tr("Folder"), m_folder);
    connect(m_dataset, &QComboBox::activated, this, &DatasetFields::edited);
    connect(m_folder, &QLineEdit::textEdited, this, &DatasetFields::edited);
    connect(m_dataset, &QComboBox::currentIndexChanged, this, [this] {
        showNeeded();
        Q_EMIT changed();
    });
    showNeeded();
}

std::string DatasetFields::kind() const
{
    return valueOf(m_dataset);
}

std::string DatasetFields::folder() const
{
    return m_folder->text().trimmed().toStdString();
}

void DatasetFields::setShowsMore(bool more)
{
    m_showsMore = more;
    showNeeded();
}

void DatasetFields::showNeeded()
{
    const std::string dataset = valueOf(m_dataset);
    const bool isCifar = dataset == kCifar10;
    const bool isFolder = dataset == kImageFolder;
    const bool isFashion = dataset == kFashionMnist;
    showLabelled(m_folder, isCifar || isFolder || (isFashion && (m_showsMore || !isInUsualFolder(dataset))));
    m_folder->setPlaceholderText(isCifar    ? tr("with data_batch_1.bin …")
                                 : isFolder ? tr("with a folder a class")
                                            : tr("Debian's package"));
    const QString tip =
        isCifar    ? tr("Folder with CIFAR-10's binary files")
        : isFolder ? tr("Folder of PNG, JPEG, BMP or PNM images: train/CLASS and test/CLASS, or CLASS alone, of which "
                        "every fifth image becomes a test image")
                   : tr("Folder with Fashion-MNIST's four IDX files, gzipped or not; empty: that of Debian's package");
    describeControl(m_folder, qPrintable(m_prefix + QStringLiteral("Folder")), tip, tip);
}

Result<std::string> DatasetFields::dataset() const
{
    const std::string dataset = kind();
    const bool readsFiles = dataset != kSynthetic && dataset != kRandom;
    const std::string folder = readsFiles ? this->folder() : std::string();
    if (dataset == kCifar10 && folder.empty())
        return fail(ErrorCode::InvalidArgument,
                    tr("Write where CIFAR-10's binary files lie into the field Folder.").toStdString());
    if (dataset == kImageFolder && folder.empty())
        return fail(ErrorCode::InvalidArgument,
                    tr("Write where the images lie, a folder for each class, into the field Folder.").toStdString());
    return dataset + (folder.empty() ? "" : ":" + folder);
}

void DatasetFields::setDataset(const std::string& dataset)
{
    const std::size_t colon = dataset.find(':');
    setCombo(m_dataset, dataset.substr(0, colon));
    m_folder->setText(colon == std::string::npos ? QString() : QString::fromStdString(dataset.substr(colon + 1)));
    showNeeded();
    Q_EMIT changed();
}

} // namespace lathe::ui
