#include <algorithm>

#include <fmt/format.h>

#include "core/base/files.h"
#include "core/base/words.h"
#include "core/recipe/recipe.h"
#include "core/session/json_p.h"

namespace lathe {

namespace {

using json::Json;
using json::OrderedJson;

template <class T> inline constexpr bool isList = false;
template <class T> inline constexpr bool isList<std::vector<T>> = true;

/// Takes the settings that are there; one value stands for a list of one.
class SettingsReader {
public:
    explicit SettingsReader(const Json& object) : m_object(object) {}

    template <class T> void operator()(const char* key, T& value)
    {
        m_known.emplace_back(key);
        const auto found = m_object.find(key);
        if (found == m_object.end())
            return;
        const bool stands = isList<T> && !found->is_array();
        if (!json::decode(stands ? Json::array({*found}) : *found, value) && m_problem.empty())
            m_problem = fmt::format("\"{}\" is not {}", key, json::Expected<T>::one);
    }

    /// What was wrong of what was read, or the first entry that nothing asked for.
    std::string problem() const
    {
        if (!m_problem.empty())
            return m_problem;
        for (const auto& [key, value] : m_object.items())
            if (std::find(m_known.begin(), m_known.end(), key) == m_known.end())
                return fmt::format("there is no setting \"{}\"; choose from {}", printable(shortened(key, 40)),
                                   listText(m_known));
        return {};
    }

private:
    const Json& m_object;
    std::vector<std::string> m_known;
    std::string m_problem;
};

/// Leaves out what says nothing.
class SettingsWriter {
public:
    explicit SettingsWriter(OrderedJson object) : m_object(std::move(object)) {}

    template <class T> void operator()(const char* key, const std::optional<T>& value)
    {
        if (value)
            m_object[key] = *value;
    }
    template <class T> void operator()(const char* key, const std::vector<T>& values)
    {
        if (values.size() == 1)
            m_object[key] = values.front();
        else if (!values.empty())
            m_object[key] = values;
    }
    void operator()(const char* key, const std::string& value)
    {
        if (!value.empty())
            m_object[key] = value;
    }
    template <class T> void operator()(const char* key, const T& value) { m_object[key] = value; }

    OrderedJson take() { return std::move(m_object); }

private:
    OrderedJson m_object;
};

template <class Archive, json::Like<TrainingChoices> T> void settings(Archive& archive, T& t)
{
    archive("epochs", t.epochs);
    archive("patience", t.patience);
    archive("batch", t.batch);
    archive("optimizer", t.optimizer);
    archive("learning_rate", t.learningRate);
    archive("momentum", t.momentum);
    archive("weight_decay", t.weightDecay);
    archive("label_smoothing", t.labelSmoothing);
    archive("schedule", t.schedule);
    archive("warm_up", t.warmUp);
    archive("augment", t.augment);
    archive("validation", t.validation);
}

template <class Archive, json::Like<TrainStep> T> void settings(Archive& archive, T& s)
{
    settings(archive, s.training);
    archive("keep", s.training.keep);
}

template <class Archive, json::Like<FineTuneStep> T> void settings(Archive& archive, T& s)
{
    settings(archive, s.training);
}

template <class Archive, json::Like<DistilStep> T> void settings(Archive& archive, T& s)
{
    archive("student", s.student);
    archive("teacher", s.teacher);
    archive("loss", s.loss);
    archive("temperature", s.temperature);
    archive("alpha", s.alpha);
    archive("views", s.views);
    settings(archive, s.training);
    archive("keep", s.training.keep);
}

template <class Archive, json::Like<PruneStep> T> void settings(Archive& archive, T& s)
{
    archive("amount", s.amount);
    archive("kind", s.kind);
    archive("criterion", s.criterion);
    archive("scope", s.scope);
    archive("exclude", s.exclude);
}

template <class Archive, json::Like<QuantizeStep> T> void settings(Archive& archive, T& s)
{
    archive("scheme", s.scheme);
    archive("images", s.images);
    archive("observer", s.observer);
    archive("keep", s.keep);
    archive("equalize", s.equalize);
    archive("bias_correction", s.biasCorrection);
}

template <class Archive, json::Like<RecipeMeasuring> T> void settings(Archive& archive, T& m)
{
    archive("mode", m.mode);
    archive("batch", m.batch);
    archive("max_seconds", m.maxSeconds);
}

template <class Archive, json::Like<Recipe> T> void settings(Archive& archive, T& r)
{
    archive("name", r.name);
    archive("model", r.model);
    archive("dataset", r.dataset);
    archive("seed", r.seed);
    archive("threads", r.threads);
}

OrderedJson stepJson(const RecipeStep& step)
{
    SettingsWriter writer(OrderedJson{{"step", kindOf(step)}});
    std::visit([&](const auto& s) { settings(writer, s); }, step);
    return writer.take();
}

tl::unexpected<Error> broken(const std::string& what)
{
    return fail(ErrorCode::InvalidArgument, fmt::format("The recipe cannot be read: {}.", what));
}

Result<RecipeStep> stepFrom(const Json& json, std::size_t number)
{
    if (!json.is_object() || !json.contains("step") || !json.at("step").is_string())
        return broken(fmt::format("step {} does not say what it does, such as {{\"step\": \"train\"}}", number));
    return stepOfKind(json.at("step").get<std::string>()).and_then([&](RecipeStep step) -> Result<RecipeStep> {
        Json rest = json;
        rest.erase("step");
        SettingsReader reader(rest);
        std::visit([&](auto& s) { settings(reader, s); }, step);
        if (const std::string problem = reader.problem(); !problem.empty())
            return broken(fmt::format("in step {} ({}) {}", number, kindOf(step), problem));
        return step;
    });
}

Result<Recipe> recipeFrom(Json json)
{
    if (!json.is_object() || !json.contains("steps") || !json.at("steps").is_array())
        return broken("it is no JSON object with a list of \"steps\"");
    const Json steps = json.at("steps");
    const Json measure = json.value("measure", Json::object());
    if (!measure.is_object())
        return broken("\"measure\" is not an object");
    json.erase("steps");
    json.erase("measure");
    Recipe recipe;
    SettingsReader reader(json);
    settings(reader, recipe);
    if (const std::string problem = reader.problem(); !problem.empty())
        return broken(problem);
    SettingsReader measureReader(measure);
    settings(measureReader, recipe.measure);
    if (const std::string problem = measureReader.problem(); !problem.empty())
        return broken("in \"measure\" " + problem);
    for (const Json& entry : steps) {
        Result<RecipeStep> step = stepFrom(entry, recipe.steps.size() + 1);
        if (!step)
            return tl::unexpected(step.error());
        recipe.steps.push_back(*std::move(step));
    }
    return recipe;
}

} // namespace

std::string recipeToJson(const Recipe& recipe)
{
    SettingsWriter writer(OrderedJson::object());
    settings(writer, recipe);
    OrderedJson json = writer.take();
    SettingsWriter measure(OrderedJson::object());
    settings(measure, recipe.measure);
    json["measure"] = measure.take();
    json["steps"] = OrderedJson::array();
    for (const RecipeStep& step : recipe.steps)
        json["steps"].push_back(stepJson(step));
    return json::dump(json, 2);
}

Result<Recipe> recipeFromJson(const std::string& text)
{
    const Json json = Json::parse(text, nullptr, false);
    return json.is_discarded() ? Result<Recipe>(broken("it is no JSON")) : recipeFrom(json);
}

Result<Recipe> readRecipe(const std::filesystem::path& file)
{
    return readFile(file).and_then([&](const std::string& text) {
        return recipeFromJson(text).map_error([&](Error error) {
            error.message = fmt::format("{}: {}", file.string(), error.message);
            return error;
        });
    });
}

} // namespace lathe
