#include "ui/benchmark/setup_form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSignalBlocker>

#include <algorithm>

#include "core/benchmark/environment.h"
#include "core/benchmark/instructions.h"
#include "core/engine/backend.h"
#include "ui/benchmark/setup_text.h"
#include "ui/controls.h"
#include "ui/flow_layout.h"
#include "ui/format.h"
#include "ui/session/document.h"

namespace lathe::ui {

namespace {

QDoubleSpinBox* makeSpin(const char* objectName, const QString& name, const QString& tip, double low, double high,
                         int decimals, const QString& suffix, QWidget* parent)
{
    auto* spin = new QDoubleSpinBox(parent);
    describeControl(spin, objectName, name, tip);
    spin->setRange(low, high);
    spin->setDecimals(decimals);
    spin->setSuffix(suffix);
    spin->setKeyboardTracking(false);
    return spin;
}

/// A parser of one field as an edit of the whole setup.
template <class Value>
std::function<Result<Setup>(const Setup&, const QString&)> into(Result<Value> (*parse)(const QString&),
                                                                Value Setup::*member)
{
    return [parse, member](const Setup& setup, const QString& text) -> Result<Setup> {
        auto value = parse(text);
        if (!value)
            return tl::unexpected(value.error());
        Setup edited = setup;
        edited.*member = std::move(*value);
        return edited;
    };
}

QString tipOf(Mode mode)
{
    switch (mode) {
    case Mode::Eager:
        return SetupForm::tr("The operations PyTorch's eager mode would run, one by one");
    case Mode::ChannelsLast:
        return SetupForm::tr("Images and convolution weights in NHWC memory order, often faster for CNNs");
    case Mode::Fused:
        return SetupForm::tr(
            "As a deployment would run it: batch norms folded, activations and additions joined to the layer "
            "before them, the fastest kernel of several for each layer, and memory planned beforehand");
    case Mode::BFloat16:
        return SetupForm::tr("As fused, with weights and values in 16 bits (bfloat16): half the memory; faster where "
                             "the CPU has instructions for it");
    case Mode::Int8:
        return SetupForm::tr("As fused, convolutions and linear layers in 8-bit integers; a network that is not "
                             "quantized yet is quantized on random inputs, which tells the speed but no accuracy");
    case Mode::Int8Dynamic:
        return SetupForm::tr("The same for linear layers alone, whose input is quantized anew at every inference");
    case Mode::Int8WeightOnly:
        return SetupForm::tr("Weights stored in 8 bits, computed with in float32");
    case Mode::Simulated:
        return SetupForm::tr("What int8 computes, simulated in float32: the reference, and no faster");
    case Mode::Sparse:
        return SetupForm::tr(
            "As fused, skipping the zeros of layers that are mostly zeros, where that was faster here; "
            "for pruned networks");
    case Mode::Csr:
        return SetupForm::tr("As fused, with every weight that has zeros in compressed sparse rows, faster or not");
    case Mode::Bsr:
        return SetupForm::tr("The same in rows of 8 x 8 blocks, of which those that are all zeros are skipped");
    case Mode::EagerKept:
    case Mode::ChannelsLastKept:
        break; // a switch of their own
    }
    return {};
}

} // namespace

SetupForm::SetupForm(Document* document, QWidget* parent) : QWidget(parent), m_document(document)
{
    setObjectName("setupForm");
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(6);
    grid->setVerticalSpacing(4);
    grid->setColumnStretch(1, 1);
    grid->setColumnStretch(3, 1);
    addModes(grid, 0);
    addTextFields(grid);
    addLimits(grid, 7);
    addChecks(grid, 8);
    connect(document, &Document::setupChanged, this, &SetupForm::showSetup);
    for (const TextField& field : m_texts)
        showText(field);
    showSetup();
}

bool SetupForm::isValid() const
{
    return std::all_of(m_texts.begin(), m_texts.end(),
                       [](const TextField& field) { return field.error->text().isEmpty(); });
}

void SetupForm::setDevices(const QStringList& devices)
{
    const QSignalBlocker blocker(m_device);
    m_device->clear();
    m_device->addItems(devices);
    m_device->setVisible(devices.size() > 1);
    m_deviceLabel->setVisible(devices.size() > 1);
    showSetup();
}

void SetupForm::addModes(QGridLayout* grid, int row)
{
    auto* modes = new QWidget(this);
    auto* layout = new FlowLayout(modes);
    layout->setContentsMargins(0, 0, 0, 0);
    std::vector<std::string> names;
    for (const Mode mode : allModes())
        names.emplace_back(name(mode));
    for (const std::string& each : withoutKeptTwins(names)) {
        const Mode mode = *modeFromName(each);
        if (mode == Mode::Simulated || mode == Mode::Csr || mode == Mode::Bsr) // for looking at others by them
            continue;
        auto* box = new QCheckBox(toQString(name(mode)), modes);
        describeControl(box, (std::string("mode_") + std::string(name(mode))).c_str(), tr("Mode %1").arg(box->text()),
                        tipOf(mode));
        connect(box, &QCheckBox::toggled, this, &SetupForm::modesEdited);
        layout->addWidget(box);
        m_modes.push_back(box);
    }
    grid->addWidget(makeLabel(tr("Modes"), m_modes.front(), this), row, 0);
    grid->addWidget(modes, row, 1, 1, 3);
    m_modeNote = new QLabel(this);
    m_modeNote->setObjectName("modeNote");
    m_modeNote->setWordWrap(true);
    grid->addWidget(m_modeNote, row + 1, 0, 1, 4);
}

void SetupForm::addText(QGridLayout* grid, const Place& place, const char* objectName, const QString& label,
                        const QString& tip, TextField field)
{
    auto* edit = new QLineEdit(this);
    describeControl(edit, objectName, label, tip);
    auto* error = new ErrorLabel(this);
    error->setObjectName(edit->objectName() + QStringLiteral("Error"));
    field.edit = edit;
    field.error = error;
    grid->addWidget(makeLabel(label, edit, this), place.row, place.column);
    grid->addWidget(edit, place.row, place.column + 1, 1, place.span);
    grid->addWidget(error, place.errorRow, 0, 1, 4);
    m_texts.push_back(std::move(field));
    const std::size_t index = m_texts.size() - 1;
    connect(edit, &QLineEdit::textEdited, this, [this, index] { edited(m_texts[index]); });
    connect(edit, &QLineEdit::editingFinished, this, [this, index] {
        if (m_texts[index].error->text().isEmpty())
            showText(m_texts[index]);
    });
}

void SetupForm::addTextFields(QGridLayout* grid)
{
    addText(grid, {2, 0, 1, 3}, "setupBatches", tr("Batch"),
            tr("Images an inference takes at once; several with commas: 1, 8"),
            {nullptr, nullptr, into(parseBatches, &Setup::batches),
             [](const Setup& setup) { return batchesText(setup.batches); }, tr("Change batch sizes")});
    addText(grid, {2, 2, 1, 4}, "setupThreads", tr("Threads"),
            tr("Threads an operation uses; several with commas: 1, 2; all: every core"),
            {nullptr, nullptr, into(parseThreads, &Setup::threads),
             [](const Setup& setup) { return threadsText(setup.threads); }, tr("Change threads")});
    addText(
        grid, {5, 0, 3, 6}, "setupInputs", tr("Input"),
        tr("Channels x height x width of an image, such as 3x256x256, or a number of tokens, such as 128; each model "
           "takes those of its kind; default: each architecture's own"),
        {nullptr, nullptr, into(parseInputs, &Setup::inputs),
         [](const Setup& setup) { return inputsText(setup.inputs); }, tr("Change input sizes")});
}

void SetupForm::addLimits(QGridLayout* grid, int row)
{
    m_precision = makeSpin("setupPrecision", tr("Precision"),
                           tr("Repeat until the 95 % interval of the median is this narrow (half its width)"), 0.1,
                           50.0, 1, tr(" %"), this);
    m_precision->setPrefix(QStringLiteral("± "));
    m_seconds = makeSpin("setupSeconds", tr("Time limit"),
                         tr("Stop repeating after this time, warm-up included, for each configuration"), 0.5, 3600.0, 1,
                         tr(" s"), this);
    grid->addWidget(makeLabel(tr("Precision"), m_precision, this), row, 0);
    grid->addWidget(m_precision, row, 1);
    grid->addWidget(makeLabel(tr("Limit"), m_seconds, this), row, 2);
    grid->addWidget(m_seconds, row, 3);
    connect(m_precision, &QDoubleSpinBox::valueChanged, this, [this](double percent) {
        change(tr("Change precision"), [percent](Setup& setup) { setup.precisionTarget = percent / 100.0; });
    });
    connect(m_seconds, &QDoubleSpinBox::valueChanged, this, [this](double seconds) {
        change(tr("Change time limit"), [seconds](Setup& setup) { setup.maxSeconds = seconds; });
    });
}

void SetupForm::addChecks(QGridLayout* grid, int row)
{
    m_layers = new QCheckBox(tr("Time each layer"), this);
    describeControl(m_layers, "setupLayers", tr("Time each layer"),
                    tr("After the measurement, a few inferences with a clock between the layers"));
    m_isolate = new QCheckBox(tr("Fresh process each"), this);
    describeControl(m_isolate, "setupIsolate", tr("A fresh process for each configuration"),
                    tr("What ran before cannot change what runs after; starts LibTorch anew each time"));
    m_keepMemory = new QCheckBox(tr("Keep memory too"), this);
    describeControl(m_keepMemory, "setupKeepMemory", tr("Measure with memory kept as well"),
                    tr("Eager and channels_last once more, with the memory of one tensor kept for the next: by default "
                       "large tensors go back to the system, and the page faults of the next one can cost more than "
                       "its arithmetic"));
    m_device = new QComboBox(this);
    describeControl(m_device, "setupDevice", tr("Device"), tr("What runs the network"));
    m_deviceLabel = makeLabel(tr("Device"), m_device, this);
    m_device->hide();
    m_deviceLabel->hide();
    grid->addWidget(m_layers, row, 0, 1, 2);
    grid->addWidget(m_isolate, row, 2, 1, 2);
    grid->addWidget(m_keepMemory, row + 1, 0, 1, 2);
    grid->addWidget(m_deviceLabel, row + 1, 2);
    grid->addWidget(m_device, row + 1, 3);
    connect(m_keepMemory, &QCheckBox::toggled, this, &SetupForm::modesEdited);
    connect(m_layers, &QCheckBox::toggled, this, [this](bool on) {
        change(on ? tr("Time layers") : tr("Do not time layers"), [on](Setup& setup) { setup.layers = on; });
    });
    connect(m_isolate, &QCheckBox::toggled, this, [this](bool on) {
        change(on ? tr("Use fresh processes") : tr("Use this process"), [on](Setup& setup) { setup.isolate = on; });
    });
    connect(m_device, &QComboBox::currentTextChanged, this, [this](const QString& device) {
        change(tr("Change device"), [&](Setup& setup) { setup.device = device.toStdString(); });
    });
}

void SetupForm::edited(const TextField& field)
{
    const auto parsed = field.parse(m_document->setup(), field.edit->text());
    field.error->setText(parsed ? QString() : toQString(parsed.error().message));
    field.error->setVisible(!parsed);
    if (parsed)
        m_document->setSetup(*parsed, field.what);
    Q_EMIT validityChanged();
}

void SetupForm::tickMode(const QString& mode)
{
    for (QCheckBox* box : m_modes)
        if (box->text() == mode)
            box->setChecked(true);
}

void SetupForm::modesEdited()
{
    change(tr("Change modes"), [this](Setup& setup) {
        setup.modes.clear();
        for (const QCheckBox* box : m_modes)
            if (box->isChecked())
                setup.modes.push_back(box->text().toStdString());
        if (m_keepMemory->isChecked())
            setup.modes = withKeptTwins(setup.modes);
    });
}

void SetupForm::change(const QString& what, const std::function<void(Setup&)>& edit)
{
    Setup setup = m_document->setup();
    edit(setup);
    m_document->setSetup(setup, what);
}

void SetupForm::showSetup()
{
    const Setup& setup = m_document->setup();
    const std::vector<std::string> modes = withoutKeptTwins(setup.modes);
    const std::vector<QWidget*> silent{m_precision, m_seconds, m_layers, m_isolate, m_keepMemory, m_device};
    for (QWidget* widget : silent)
        widget->blockSignals(true);
    for (QCheckBox* box : m_modes) {
        const QSignalBlocker blocker(box);
        box->setChecked(std::count(modes.begin(), modes.end(), box->text().toStdString()) > 0);
    }
    m_keepMemory->setChecked(modes != setup.modes);
    showModeNote(modes);
    m_precision->setValue(100.0 * setup.precisionTarget);
    m_seconds->setValue(setup.maxSeconds);
    m_layers->setChecked(setup.layers);
    m_isolate->setChecked(setup.isolate);
    m_device->setCurrentText(QString::fromStdString(setup.device));
    for (QWidget* widget : silent)
        widget->blockSignals(false);
    for (const TextField& field : m_texts) {
        const auto parsed = field.parse(setup, field.edit->text());
        const bool agrees = parsed && *parsed == setup;
        const bool beingWritten = !parsed && field.text(setup) == field.text(m_shown);
        if (!agrees && !beingWritten)
            showText(field);
    }
    m_shown = setup;
}

void SetupForm::showModeNote(const std::vector<std::string>& modes)
{
    QStringList notes;
    for (const std::string& mode : modes)
        if (const auto slow = slownessOf(modeFromName(mode).value_or(Mode::Eager), currentInstructionSets()))
            notes += toQString(*slow);
    m_modeNote->setText(notes.join(QLatin1Char('\n')));
    m_modeNote->setHidden(notes.isEmpty());
}

void SetupForm::commit()
{
    m_precision->interpretText();
    m_seconds->interpretText();
}

void SetupForm::showText(const TextField& field)
{
    field.edit->setText(field.text(m_document->setup()));
    field.error->clear();
    field.error->hide();
    Q_EMIT validityChanged();
}

} // namespace lathe::ui
