#include "ui/plots/soft_labels_page.h"

#include <QCheckBox>
#include <QComboBox>
#include <QImage>
#include <QLabel>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

#include "ui/controls.h"
#include "ui/format.h"
#include "ui/plots/legend_strip.h"
#include "ui/plots/plot_controls.h"

namespace lathe::ui {

namespace {

constexpr int kPicture = 196; // pixels
constexpr int kSide = 240;

/// Grey, or colours from three planes.
QImage imageOf(const ImageSet& set, std::int64_t index)
{
    const Shape& shape = set.images.shape;
    const std::int64_t plane = shape[2] * shape[3];
    const auto* pixels = reinterpret_cast<const unsigned char*>(set.images.data.get()) + index * shape[1] * plane;
    QImage image(static_cast<int>(shape[3]), static_cast<int>(shape[2]), QImage::Format_RGB32);
    for (std::int64_t i = 0; i < plane; ++i) {
        const bool isGrey = shape[1] < 3;
        const QRgb colour =
            isGrey ? qRgb(pixels[i], pixels[i], pixels[i]) : qRgb(pixels[i], pixels[plane + i], pixels[2 * plane + i]);
        image.setPixel(static_cast<int>(i % shape[3]), static_cast<int>(i / shape[3]), colour);
    }
    return image;
}

std::size_t largest(const std::vector<double>& values)
{
    return static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

} // namespace

SoftLabelsPage::SoftLabelsPage(QWidget* parent) : QWidget(parent)
{
    build();
}

void SoftLabelsPage::build()
{
    QWidget* strip = makeControlStrip(this);
    m_seed = addLabelledCombo(*strip, tr("Students of seed"), QStringLiteral("softSeed"),
                              tr("Which pair of students is asked"));
    m_image = addSpin<QSpinBox>(*strip, tr("Test image"), "softImage", tr("Which image they are asked about"), 0, 0, 0);
    m_onlyDiffering = new QCheckBox(tr("only where the students differ"), strip);
    describeControl(m_onlyDiffering, "softDiffering", tr("Only where the students differ"),
                    tr("Back and next go to images that the two students sort into different classes"));
    m_onlyDiffering->setChecked(true);
    QToolButton* back = addTextButton(*strip, tr("◀ Back"), QStringLiteral("softBack"), tr("The image before"), false);
    QToolButton* next = addTextButton(*strip, tr("Next ▶"), QStringLiteral("softNext"), tr("The next image"), false);
    strip->layout()->addWidget(m_onlyDiffering);
    m_legend = new LegendStrip(this);
    m_legend->setObjectName(QStringLiteral("softLegend"));
    m_plot = new SoftLabelsPlot(this);
    m_plot->setObjectName(QStringLiteral("softPlot"));
    auto* right = new QWidget(this);
    QVBoxLayout* column = tightColumn(right);
    column->addWidget(m_legend);
    column->addWidget(m_plot, 1);
    auto* row = new QHBoxLayout;
    row->addWidget(buildPicture());
    row->addWidget(right, 1);
    QVBoxLayout* all = tightColumn(this);
    all->addWidget(strip);
    all->addLayout(row, 1);
    connect(m_seed, &QComboBox::activated, this, [this] {
        takeSeed();
        ask();
    });
    connect(m_image, &QSpinBox::valueChanged, this, [this] { ask(); });
    connect(back, &QToolButton::clicked, this, [this] { step(-1); });
    connect(next, &QToolButton::clicked, this, [this] { step(1); });
    connect(m_plot, &PlotCanvas::themeChanged, this,
            [this] { m_legend->setEntries(softLabelsLegend(m_plot->content(), m_plot->theme()), m_plot->theme()); });
}

QWidget* SoftLabelsPage::buildPicture()
{
    auto* side = new QWidget(this);
    side->setFixedWidth(kSide);
    m_picture = new QLabel(side);
    m_picture->setObjectName(QStringLiteral("softPicture"));
    m_picture->setAlignment(Qt::AlignCenter);
    m_text = new QLabel(side);
    m_text->setObjectName(QStringLiteral("softText"));
    m_text->setWordWrap(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_text->setAlignment(Qt::AlignTop);
    auto* column = new QVBoxLayout(side);
    column->addWidget(m_picture);
    column->addWidget(m_text, 1);
    return side;
}

void SoftLabelsPage::showState(const DistilState& state)
{
    m_subject = state.subject;
    m_result = state.result;
    m_seed->clear();
    for (const ArmResult& arm : m_result->control)
        m_seed->addItem(QString::number(arm.seed));
    const QSignalBlocker quiet(m_image);
    m_image->setRange(0, static_cast<int>(m_subject->dataset.test.count()) - 1);
    takeSeed();
    m_image->setValue(m_differing.empty() ? 0 : static_cast<int>(m_differing.front()));
    ask();
}

void SoftLabelsPage::takeSeed()
{
    m_differing = differingImages(*m_result, static_cast<std::size_t>(m_seed->currentIndex()));
}

void SoftLabelsPage::ask()
{
    if (m_result)
        Q_EMIT wanted(static_cast<std::size_t>(m_seed->currentIndex()), m_image->value());
}

/// Stays where there is none.
void SoftLabelsPage::step(int direction)
{
    const std::int64_t now = m_image->value();
    if (!m_onlyDiffering->isChecked())
        return m_image->setValue(static_cast<int>(now) + direction);
    if (direction > 0) {
        const auto next = std::upper_bound(m_differing.begin(), m_differing.end(), now);
        if (next != m_differing.end())
            m_image->setValue(static_cast<int>(*next));
        return;
    }
    const auto here = std::lower_bound(m_differing.begin(), m_differing.end(), now);
    if (here != m_differing.begin())
        m_image->setValue(static_cast<int>(*std::prev(here)));
}

QString SoftLabelsPage::verdictText(const ImageAnswers& answers) const
{
    const auto& names = m_subject->dataset.classNames;
    const auto line = [&](const QString& who, const std::vector<double>& p) {
        const std::size_t taken = largest(p);
        const bool isRight = static_cast<std::int64_t>(taken) == answers.label;
        return tr("<br>%1: %2%3")
            .arg(who, toQString(names[taken]).toHtmlEscaped(), isRight ? QStringLiteral(" ✓") : QString());
    };
    return tr("<b>Label: %1</b>").arg(toQString(names[static_cast<std::size_t>(answers.label)]).toHtmlEscaped()) +
           line(tr("Teacher"), answers.teacher) + line(tr("Control"), answers.control) +
           line(tr("Distilled"), answers.distilled) +
           tr("<p>The two students of this seed differ on %1 of %2 test images.</p><p>What the teacher gives to the "
              "wrong classes is what a label does not say: it tells which are alike. The softened probabilities here "
              "are what the distilled student learned from.</p>")
               .arg(m_differing.size())
               .arg(m_subject->dataset.test.count());
}

void SoftLabelsPage::showAnswers(const ImageAnswers& answers)
{
    const QImage image = imageOf(m_subject->dataset.test, answers.image);
    m_picture->setPixmap(
        QPixmap::fromImage(image.scaled(kPicture, kPicture, Qt::KeepAspectRatio, Qt::FastTransformation)));
    m_text->setText(verdictText(answers));
    SoftLabelsPlot::Content content;
    for (const std::string& name : m_subject->dataset.classNames)
        content.classes.push_back(toQString(name));
    content.networks = {
        {tr("teacher"), answers.teacher}, {tr("control"), answers.control}, {tr("distilled"), answers.distilled}};
    content.label = static_cast<int>(answers.label);
    m_plot->setContent(std::move(content));
    m_legend->setEntries(softLabelsLegend(m_plot->content(), m_plot->theme()), m_plot->theme());
}

void SoftLabelsPage::showProblem(const QString& sentence)
{
    m_text->setText(sentence.toHtmlEscaped());
}

} // namespace lathe::ui
