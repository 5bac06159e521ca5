#include "ui/recipe/recipe_form.h"

#include <QComboBox>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QScrollArea>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/controls.h"
#include "ui/datasets/dataset_fields.h"
#include "ui/format.h"
#include "ui/plots/plot_controls.h"
#include "ui/recipe/step_form.h"

namespace lathe::ui {

namespace {

constexpr int kListRows = 6;
constexpr int kMostBatch = 65536;

QJsonObject parsed(const std::string& json)
{
    return QJsonDocument::fromJson(QByteArray::fromStdString(json)).object();
}

/// What it does, or the bare word where its settings cannot be read.
QString titleOfStep(const QJsonObject& step)
{
    const QJsonObject alone{{QStringLiteral("steps"), QJsonArray{step}}};
    const auto recipe = recipeFromJson(QJsonDocument(alone).toJson(QJsonDocument::Compact).toStdString());
    return recipe ? toQString(titleOf(recipe->steps.front()))
                  : step.value(QStringLiteral("step")).toString() + QStringLiteral(" …");
}

QString aboutStep(const std::string& kind)
{
    if (kind == "train")
        return RecipeForm::tr("Train: on the labels of the images");
    if (kind == "distil")
        return RecipeForm::tr("Distil: a student learns from the network so far, or that from a teacher");
    if (kind == "prune")
        return RecipeForm::tr("Prune: take out channels, or mask weights");
    if (kind == "fine-tune")
        return RecipeForm::tr("Fine-tune: a little more training, to win back what that lost");
    return RecipeForm::tr("Quantize: to 8-bit integers");
}

} // namespace

RecipeForm::RecipeForm(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("recipeForm"));
    build();
    setModelFiles({});
    setRecipe(exampleRecipe());
}

void RecipeForm::build()
{
    m_list = new QListWidget(this);
    describeControl(m_list, "recipeSteps", tr("Steps of the recipe"),
                    tr("What is done to the network, from top to bottom; choose a step to change its settings"));
    m_list->setFixedHeight(kListRows * (m_list->fontMetrics().lineSpacing() + 6));
    m_step = new StepForm(this);
    QScrollArea* scroll = makeScroll(this);
    scroll->setWidget(m_step);
    scroll->setMinimumHeight(3 * m_list->fontMetrics().lineSpacing());
    QVBoxLayout* column = tightColumn(this);
    m_buttons = buildButtons();
    column->addWidget(buildBeginning());
    column->addWidget(m_list);
    column->addWidget(buildStepButtons());
    column->addWidget(scroll, 1);
    column->addWidget(buildMeasuring());
    connect(m_list, &QListWidget::currentRowChanged, this, [this](int row) { showStep(row); });
    connect(m_step, &StepForm::edited, this, [this] {
        const int row = m_list->currentRow();
        if (row < 0)
            return;
        m_steps[static_cast<std::size_t>(row)] = m_step->step();
        m_list->item(row)->setText(tr("%1. %2").arg(row + 1).arg(titleOfStep(m_step->step())));
        Q_EMIT edited();
    });
}

QToolButton* RecipeForm::addButton(QWidget& strip, const QString& text, const char* name, const QString& tip,
                                   void (RecipeForm::*signal)())
{
    QToolButton* button = addTextButton(strip, text, QString::fromLatin1(name), tip, false);
    connect(button, &QToolButton::clicked, this, signal);
    return button;
}

QWidget* RecipeForm::buildButtons()
{
    QWidget* strip = makeControlStrip(this);
    m_run = addButton(*strip, tr("Run…"), "recipeRun",
                      tr("Choose a folder for networks and figures, and begin; what is there already of the same "
                         "steps is not done again"),
                      &RecipeForm::runRequested);
    m_stop = addButton(*strip, tr("Pause"), "recipeStop", tr("Stop. Run in the same folder to go on from there"),
                       &RecipeForm::stopRequested);
    addButton(*strip, tr("Open…"), "recipeOpen", tr("Read a recipe from a JSON file"), &RecipeForm::openRequested);
    addButton(*strip, tr("Save…"), "recipeSave", tr("Write this recipe to a JSON file, for here and for lathe recipe"),
              &RecipeForm::saveRequested);
    addButton(*strip, tr("Compare…"), "recipeCompare",
              tr("Choose the folder of another recipe that was run, and see both fronts"),
              &RecipeForm::compareRequested);
    return strip;
}

QWidget* RecipeForm::buildBeginning()
{
    QWidget* strip = makeControlStrip(this);
    m_name = new QLineEdit(strip);
    describeControl(m_name, "recipeName", tr("Name of the recipe"), tr("What it is called where it is compared"));
    m_name->setMinimumWidth(150);
    addLabelled(*strip, tr("Name"), m_name);
    m_model = addLabelledCombo(*strip, tr("Begin with"), QStringLiteral("recipeModel"),
                               tr("An architecture, which is trained first, or a trained model file"));
    m_model->setEditable(true);
    keepNarrow(m_model, 14);
    m_dataset = new DatasetFields(*strip,
                                  {QStringLiteral("recipe"), tr("Images"),
                                   tr("What is trained on. Synthetic images are made from a seed: for a try-out")},
                                  this);
    connect(m_name, &QLineEdit::textEdited, this, &RecipeForm::edited);
    connect(m_model, &QComboBox::editTextChanged, this, &RecipeForm::edited);
    connect(m_dataset, &DatasetFields::edited, this, &RecipeForm::edited);
    return strip;
}

QWidget* RecipeForm::buildStepButtons()
{
    QWidget* strip = makeControlStrip(this);
    QToolButton* add = addTextButton(*strip, tr("Add step"), QStringLiteral("recipeAdd"),
                                     tr("A step behind the one that is chosen"), false);
    add->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(add);
    menu->setObjectName(QStringLiteral("recipeAddMenu"));
    for (const std::string& kind : stepKinds()) {
        QAction* action = menu->addAction(aboutStep(kind), this, [this, kind] { addStep(kind); });
        action->setObjectName(QStringLiteral("recipeAdd_") + toQString(kind));
    }
    add->setMenu(menu);
    m_up = addTextButton(*strip, tr("Up"), QStringLiteral("recipeUp"), tr("Do the chosen step earlier"), false);
    m_down = addTextButton(*strip, tr("Down"), QStringLiteral("recipeDown"), tr("Do the chosen step later"), false);
    m_remove =
        addTextButton(*strip, tr("Remove"), QStringLiteral("recipeRemove"), tr("Leave the chosen step out"), false);
    connect(m_up, &QToolButton::clicked, this, [this] { moveStep(-1); });
    connect(m_down, &QToolButton::clicked, this, [this] { moveStep(1); });
    connect(m_remove, &QToolButton::clicked, this, [this] { removeStep(); });
    return strip;
}

QWidget* RecipeForm::buildMeasuring()
{
    QWidget* strip = makeControlStrip(this);
    m_mode =
        addChoices(*strip, tr("Timed"), "recipeMode",
                   tr("The mode that networks in float are timed in; quantized ones run as they were made"),
                   {{tr("fused"), "fused"}, {tr("eager"), "eager"}, {tr("bf16"), "bf16"}, {tr("sparse"), "sparse"}});
    m_batch = addSpin<QSpinBox>(*strip, tr("Batch"), "recipeBatch", tr("Images in an inference that is timed"), 1,
                                kMostBatch, 1);
    connect(m_mode, &QComboBox::activated, this, &RecipeForm::edited);
    connect(m_batch, &QSpinBox::valueChanged, this, &RecipeForm::edited);
    return strip;
}

void RecipeForm::addStep(const std::string& kind)
{
    const auto row = static_cast<std::size_t>(m_list->currentRow() + 1);
    QJsonObject step{{QStringLiteral("step"), toQString(kind)}};
    if (kind == "distil")
        step.insert(QStringLiteral("student"), QStringLiteral("convnet:8,16,32"));
    m_steps.insert(m_steps.begin() + static_cast<std::ptrdiff_t>(row), step);
    showSteps(static_cast<int>(row));
    Q_EMIT edited();
}

void RecipeForm::removeStep()
{
    const int row = m_list->currentRow();
    if (row < 0)
        return;
    m_steps.erase(m_steps.begin() + row);
    showSteps(std::min(row, static_cast<int>(m_steps.size()) - 1));
    Q_EMIT edited();
}

void RecipeForm::moveStep(int by)
{
    const int row = m_list->currentRow();
    const int to = row + by;
    if (row < 0 || to < 0 || to >= static_cast<int>(m_steps.size()))
        return;
    std::swap(m_steps[static_cast<std::size_t>(row)], m_steps[static_cast<std::size_t>(to)]);
    showSteps(to);
    Q_EMIT edited();
}

void RecipeForm::showSteps(int current)
{
    m_list->clear();
    for (std::size_t i = 0; i < m_steps.size(); ++i)
        m_list->addItem(tr("%1. %2").arg(i + 1).arg(titleOfStep(m_steps[i])));
    m_list->setCurrentRow(current);
    showStep(current);
}

void RecipeForm::showStep(int row)
{
    const bool any = row >= 0 && row < static_cast<int>(m_steps.size());
    m_step->setStep(any ? m_steps[static_cast<std::size_t>(row)] : QJsonObject());
    m_remove->setEnabled(any);
    m_up->setEnabled(any && row > 0);
    m_down->setEnabled(any && row + 1 < static_cast<int>(m_steps.size()));
}

std::string RecipeForm::json() const
{
    QJsonArray steps;
    for (const QJsonObject& step : m_steps)
        steps.append(step);
    // A file is listed by its name.
    const int file = m_model->findText(m_model->currentText());
    const QString model = file >= 0 ? m_model->itemData(file).toString() : m_model->currentText().trimmed();
    return QJsonDocument(
               QJsonObject{
                   {QStringLiteral("name"), m_name->text().trimmed()},
                   {QStringLiteral("model"), model},
                   {QStringLiteral("seed"), static_cast<qint64>(m_seed)},
                   {QStringLiteral("threads"), m_threads},
                   {QStringLiteral("measure"), QJsonObject{{QStringLiteral("mode"), toQString(valueOf(m_mode))},
                                                           {QStringLiteral("batch"), m_batch->value()},
                                                           {QStringLiteral("max_seconds"), m_maxSeconds}}},
                   {QStringLiteral("steps"), steps},
               })
        .toJson(QJsonDocument::Compact)
        .toStdString();
}

Result<Recipe> RecipeForm::recipe() const
{
    const Result<std::string> dataset = m_dataset->dataset();
    if (!dataset)
        return tl::unexpected(dataset.error());
    return recipeFromJson(json()).and_then([&](Recipe recipe) {
        recipe.dataset = *dataset;
        return check(recipe).map([&] { return std::move(recipe); });
    });
}

void RecipeForm::setRecipe(const Recipe& recipe)
{
    m_seed = recipe.seed;
    m_threads = recipe.threads;
    m_maxSeconds = recipe.measure.maxSeconds;
    m_name->setText(toQString(recipe.name));
    const int file = m_model->findData(toQString(recipe.model));
    if (file >= 0)
        m_model->setCurrentIndex(file);
    else
        m_model->setEditText(toQString(recipe.model));
    m_dataset->setDataset(recipe.dataset);
    if (m_mode->findData(toQString(recipe.measure.mode)) < 0)
        m_mode->addItem(toQString(recipe.measure.mode), toQString(recipe.measure.mode));
    setCombo(m_mode, recipe.measure.mode);
    m_batch->setValue(static_cast<int>(recipe.measure.batch));
    m_steps.clear();
    for (const QJsonValue& step : parsed(recipeToJson(recipe)).value(QStringLiteral("steps")).toArray())
        m_steps.push_back(step.toObject());
    showSteps(m_steps.empty() ? -1 : 0);
}

void RecipeForm::setModelFiles(const std::vector<std::string>& files)
{
    const QString before = m_model->currentText();
    const QSignalBlocker quiet(m_model);
    m_model->clear();
    for (const char* name : {"lenet", "convnet:8,16,32", "convnet:16,32,64", "resnet20"})
        m_model->addItem(QString::fromLatin1(name), QString::fromLatin1(name));
    for (const std::string& file : files)
        m_model->addItem(QFileInfo(toQString(file)).fileName(), toQString(file));
    m_model->setEditText(before);
}

void RecipeForm::setRunEnabled(bool enabled)
{
    m_run->setEnabled(enabled);
}

void RecipeForm::setStopEnabled(bool enabled)
{
    m_stop->setEnabled(enabled);
}

} // namespace lathe::ui
