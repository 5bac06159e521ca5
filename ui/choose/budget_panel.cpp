#include "ui/choose/budget_panel.h"

#include <QCheckBox>
#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>

#include <algorithm>
#include <array>
#include <cmath>

#include "ui/controls.h"
#include "ui/format.h"
#include "ui/plots/choice_plot.h"

namespace lathe::ui {

namespace {

constexpr int kSteps = 200;

/// Those asked for most come first, so that they are in sight in a low window.
constexpr std::array kRows{Quantity::Latency, Quantity::Top1, Quantity::FileSize,  Quantity::Throughput,
                           Quantity::Params,  Quantity::Macs, Quantity::PeakMemory};

/// Rounded so that it reads well, towards what keeps more.
double wellRounded(double value, bool up)
{
    if (!(value > 0.0))
        return 0.0; // which has no logarithm
    const double unit = std::pow(10.0, std::floor(std::log10(value)) - 2.0);
    return (up ? std::ceil(value / unit) : std::floor(value / unit)) * unit;
}

int decimalsFor(double largest)
{
    return largest >= 1000.0 ? 0 : largest >= 100.0 ? 1 : largest >= 1.0 ? 2 : 4;
}

} // namespace

BudgetRow::BudgetRow(Quantity quantity, QWidget* parent)
    : QWidget(parent), m_quantity(quantity), m_on(new QCheckBox(this)), m_value(new QDoubleSpinBox(this)),
      m_slider(new QSlider(Qt::Horizontal, this)), m_count(new QLabel(this))
{
    const QString word = toQString(quantityWord(quantity));
    const QByteArray name = toQString(quantityName(quantity)).toUtf8();
    const bool most = smallerIsBetter(quantity);
    QString title = word;
    title[0] = title[0].toUpper();
    m_on->setText(most ? tr("%1 ≤").arg(title) : tr("%1 ≥").arg(title));
    const QString what = most ? tr("%1 at most").arg(title) : tr("%1 at least").arg(title);
    describeControl(m_on, "budgetOn_" + name, what,
                    tr("Rule out what has %1 %2").arg(most ? tr("more") : tr("less"), word));
    describeControl(m_value, "budgetValue_" + name, what, tr("The exact limit"));
    describeControl(m_slider, "budgetSlider_" + name, what, tr("The limit, over the figures that there are"));
    describeControl(m_count, "budgetCount_" + name, tr("How many keep this budget"), tr("How many keep this budget"));
    m_value->setRange(1e-4, 1e6);
    m_value->setSuffix(QLatin1Char(' ') + toQString(unitName(quantity)));
    m_value->setKeyboardTracking(false);
    m_value->setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
    m_value->setAlignment(Qt::AlignRight);
    m_value->setFixedWidth(m_value->fontMetrics().horizontalAdvance(QStringLiteral("0000.00 images/s")) + 36);
    m_slider->setRange(0, kSteps);
    m_slider->setMinimumWidth(60);

    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(6);
    grid->setVerticalSpacing(0);
    grid->addWidget(m_on, 0, 0);
    grid->addWidget(m_value, 0, 1);
    grid->addWidget(m_slider, 1, 0);
    grid->addWidget(m_count, 1, 1, Qt::AlignRight);
    grid->setColumnStretch(0, 1);
    connect(m_on, &QCheckBox::toggled, this, [this] {
        m_count->setVisible(m_on->isChecked());
        Q_EMIT edited();
    });
    connect(m_value, &QDoubleSpinBox::valueChanged, this, [this](double value) {
        const QSignalBlocker quietSlider(m_slider);
        const QSignalBlocker quietTick(m_on);
        m_limit = value;
        m_slider->setValue(placeOf(value));
        m_on->setChecked(true);
        Q_EMIT edited();
    });
    connect(m_slider, &QSlider::valueChanged, this, &BudgetRow::slide);
}

std::optional<double> BudgetRow::limit() const
{
    return m_on->isChecked() ? std::optional(m_limit) : std::nullopt;
}

void BudgetRow::setFigures(const std::vector<double>& figures)
{
    setEnabled(!figures.empty());
    if (figures.empty())
        return;
    const auto [least, most] = std::minmax_element(figures.begin(), figures.end());
    m_low = wellRounded(*least, false);
    m_high = wellRounded(*most, true);
    const QSignalBlocker quiet(m_value);
    m_value->setDecimals(decimalsFor(m_high));
}

void BudgetRow::setLimit(const std::optional<double>& limit)
{
    const QSignalBlocker quietTick(m_on), quietValue(m_value), quietSlider(m_slider);
    m_on->setChecked(limit.has_value());
    m_count->setVisible(limit.has_value());
    // Without a limit it stands where all keep it.
    m_limit = limit.value_or(smallerIsBetter(m_quantity) ? m_high : m_low);
    if (std::abs(m_value->value() - m_limit) > 0.5 * std::pow(10.0, -m_value->decimals()))
        m_value->setValue(m_limit);
    m_slider->setValue(placeOf(m_limit));
}

void BudgetRow::setCount(const QString& text)
{
    m_count->setText(text);
}

void BudgetRow::slide(int place)
{
    const QSignalBlocker quietValue(m_value), quietTick(m_on);
    m_value->setValue(limitAt(place));
    m_limit = m_value->value();
    m_on->setChecked(true);
    Q_EMIT edited();
}

int BudgetRow::placeOf(double limit) const
{
    if (!(m_high > m_low))
        return kSteps;
    const bool log = isLogarithmic(m_quantity) && m_low > 0.0 && limit > 0.0;
    const double share = log ? std::log(limit / m_low) / std::log(m_high / m_low) : (limit - m_low) / (m_high - m_low);
    return static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * kSteps));
}

double BudgetRow::limitAt(int place) const
{
    const double share = static_cast<double>(place) / kSteps;
    const double limit = isLogarithmic(m_quantity) && m_low > 0.0 ? m_low * std::pow(m_high / m_low, share)
                                                                  : m_low + (m_high - m_low) * share;
    return place == 0 ? m_low : place == kSteps ? m_high : wellRounded(limit, smallerIsBetter(m_quantity));
}

BudgetPanel::BudgetPanel(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("budgetPanel"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 4, 8, 4);
    column->setSpacing(6);
    for (const Quantity quantity : kRows) {
        auto* row = new BudgetRow(quantity, this);
        column->addWidget(row);
        m_rows.push_back(row);
        connect(row, &BudgetRow::edited, this, [this, quantity] { Q_EMIT edited(budgets(), quantity); });
    }
    column->addStretch();
}

void BudgetPanel::setChoice(const Choice& choice)
{
    for (BudgetRow* row : m_rows) {
        std::vector<double> figures;
        for (const Candidate& candidate : choice.candidates)
            if (const auto figure = candidate.figure(row->quantity()))
                figures.push_back(figure->value);
        row->setFigures(figures);
        std::optional<double> limit;
        for (std::size_t i = 0; i < choice.budgets.size(); ++i)
            if (choice.budgets[i].quantity == row->quantity()) {
                limit = choice.budgets[i].limit;
                row->setCount(tr("%1 of %2 keep it").arg(choice.keeping(i)).arg(choice.candidates.size()));
            }
        row->setLimit(limit);
    }
}

std::vector<BudgetSetting> BudgetPanel::budgets() const
{
    std::vector<BudgetSetting> budgets;
    for (const BudgetRow* row : m_rows)
        if (const auto limit = row->limit())
            budgets.push_back({std::string(quantityName(row->quantity())), *limit});
    return budgets;
}

} // namespace lathe::ui
