#include "core/recipe/recipe_files.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/checksum.h"
#include "core/base/files.h"
#include "core/formats/graph_json.h"
#include "core/session/session.h"
#include "core/training/training_json.h"

namespace lathe {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;

std::uint32_t checksumOf(const std::string& text)
{
    return checksum(text.data(), text.size());
}

fs::path sumBeside(const fs::path& model)
{
    return model.string() + ".crc32";
}

Result<std::string> sumOf(const fs::path& file)
{
    return readFile(file).map([](const std::string& bytes) { return fmt::format("{:08x}\n", checksumOf(bytes)); });
}

/// "50-static" of "50 %, static".
std::string asFileName(const std::string& variant)
{
    std::string name;
    for (const char c : variant)
        if (std::isalnum(static_cast<unsigned char>(c)) || c == '.')
            name += c;
        else if (!name.empty() && name.back() != '-')
            name += '-';
    while (name.ends_with('-'))
        name.pop_back();
    return name;
}

} // namespace

Result<void> claimRecipeFolder(const fs::path& folder, const Recipe& recipe)
{
    std::error_code error;
    fs::create_directories(folder, error);
    if (error)
        return fail(ErrorCode::InputOutput, fmt::format("The folder {} cannot be made ({}); choose another.",
                                                        folder.string(), error.message()));
    const fs::path path = folder / kRecipeFile;
    if (!fs::exists(path, error) && holdsFiles(folder))
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} holds other files; choose an empty folder, or one that is not there yet.",
                                folder.string()));
    return writeFileAtomically(path, recipeToJson(recipe) + "\n");
}

std::string startIdentity(const RecipeSubject& subject)
{
    const std::string graph = graphToJson({subject.start.graph, {}, ArchitectureType::Cnn});
    std::uint32_t weights = 0;
    for (const NamedTensor& entry : subject.start.weights)
        weights = checksum(entry.tensor.data.get(), static_cast<std::size_t>(entry.tensor.byteCount()), weights);
    return Json{
        {"version", kVersion},        {"model", subject.start.graph.name()}, {"graph", checksumOf(graph)},
        {"weights", weights},         {"dataset", subject.dataset.name},     {"images", fingerprint(subject.dataset)},
        {"seed", subject.recipe.seed}}
        .dump();
}

std::string stepIdentity(const std::string& before, const RecipeStep& step)
{
    Recipe alone;
    alone.steps = {step};
    const Json json = Json::parse(recipeToJson(alone)).at("steps").at(0);
    std::string named; // models by what they hold, too
    if (const auto* distil = std::get_if<DistilStep>(&step))
        for (const std::string& file : {distil->teacher, distil->student})
            if (const auto sum = sumOf(file); !file.empty() && sum)
                named += *sum;
    return Json{{"before", checksumOf(before)}, {"step", json}, {"files", named}}.dump();
}

std::string stepFileName(const PlannedStep& step, const std::string& identity)
{
    const std::string variant = asFileName(step.variant);
    return fmt::format("{}-{}{}-{:08x}.safetensors", step.number, kindOf(step.step),
                       variant.empty() ? "" : "-" + variant, checksumOf(identity));
}

fs::path resultBeside(fs::path model)
{
    return model.replace_extension(".json");
}

bool isWhole(const fs::path& model)
{
    const auto written = readFile(sumBeside(model));
    const auto sum = sumOf(model);
    return written && sum && *written == *sum;
}

Result<void> writeWhole(const fs::path& model)
{
    return sumOf(model).and_then([&](const std::string& sum) { return writeFileAtomically(sumBeside(model), sum); });
}

std::string conditionsOf(const Recipe& recipe, int threads, const std::string& first)
{
    return Json{{"mode", recipe.measure.mode},
                {"batch", recipe.measure.batch},
                {"max_seconds", recipe.measure.maxSeconds},
                {"threads", threads},
                {"first", checksumOf(first)}}
        .dump();
}

bool readFigures(const fs::path& file, const std::string& identity, const std::string& conditions,
                 const Environment& here, RecipeResultStep& step)
{
    const auto text = readFile(file);
    if (!text)
        return false;
    try {
        const Json json = Json::parse(*text);
        if (json.at("identity") != identity || json.at("conditions") != conditions)
            return false;
        const auto record = recordFromJson(json.at("record").dump());
        if (!record || !record->environment.comparableWith(here))
            return false;
        step.test = evaluationFrom(json.at("test"));
        step.parameters = json.at("params");
        step.macs = json.at("macs");
        step.fileBytes = json.at("file_bytes");
        step.milliseconds = json.at("milliseconds");
        step.time = {json.at("time_ratio"), json.at("time_low"), json.at("time_high"), json.value("time_rounds", 1)};
        step.record = *record;
        return true;
    } catch (const Json::exception&) {
        return false;
    }
}

Result<void> writeFigures(const fs::path& file, const std::string& identity, const std::string& conditions,
                          const RecipeResultStep& step)
{
    const Json json{{"identity", identity},          {"conditions", conditions},
                    {"params", step.parameters},     {"macs", step.macs},
                    {"file_bytes", step.fileBytes},  {"milliseconds", step.milliseconds},
                    {"time_ratio", step.time.ratio}, {"time_low", step.time.low},
                    {"time_high", step.time.high},   {"time_rounds", step.time.rounds},
                    {"test", toJson(step.test)},     {"record", Json::parse(recordToJson(step.record))}};
    return writeFileAtomically(file, json.dump() + "\n");
}

} // namespace lathe
