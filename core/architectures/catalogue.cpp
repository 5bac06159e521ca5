#include "core/architectures/catalogue.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "core/architectures/families.h"
#include "core/architectures/names.h"
#include "core/architectures/published.h"

namespace lathe {

namespace {

using families::Member;

// Far beyond what any machine could run, and still no figure of a network leaves 64 bits.
constexpr std::int64_t kLargestExtent = 16384;
constexpr std::int64_t kMostClasses = 1'000'000;

constexpr std::array<std::pair<ArchitectureType, std::string_view>, 5> kTypes{
    {{ArchitectureType::Cnn, "cnn"},
     {ArchitectureType::Vit, "vit"},
     {ArchitectureType::Mlp, "mlp"},
     {ArchitectureType::Hybrid, "hybrid"},
     {ArchitectureType::Transformer, "transformer"}}};

std::string inputComplaint(const Shape& input, const Member& member)
{
    // A network of tokens has as many positions as it has, and names them itself.
    const std::int64_t largest = member.vocabulary > 0 ? std::numeric_limits<std::int64_t>::max() : kLargestExtent;
    const bool inRange =
        std::all_of(input.begin(), input.end(), [&](std::int64_t extent) { return extent >= 1 && extent <= largest; });
    if (input.size() == member.input.size() && inRange)
        return {};
    if (member.vocabulary > 0)
        return fmt::format("takes a number of tokens, such as {}, and not {}", toString(member.input), toString(input));
    return fmt::format("takes channels, height and width from 1 to {}, such as {}, and not {}", kLargestExtent,
                       toString(member.input), toString(input));
}

std::string classesComplaint(std::int64_t classes, const Member& member)
{
    if (member.classes == 0)
        return classes == 0 ? "" : "leads to no classifier: leave the number of classes out";
    if (classes < 1 || classes > kMostClasses)
        return fmt::format("cannot be sorted into {} classes: choose from 1 to {}", classes, kMostClasses);
    return {};
}

/// What is wrong with the options, behind "node input "; empty if nothing is.
std::string complaint(const Shape& input, std::int64_t classes, const Member& member)
{
    const std::string wrong = inputComplaint(input, member);
    return wrong.empty() ? classesComplaint(classes, member) : wrong;
}

Result<Graph> buildMember(const Member& member, const BuildOptions& options)
{
    const Shape& input = options.input.empty() ? member.input : options.input;
    const std::int64_t classes = options.classes == 0 ? member.classes : options.classes;
    GraphBuilder builder(member.name, input, member.vocabulary);
    if (const std::string wrong = complaint(input, classes, member); !wrong.empty()) {
        builder.fail("input", wrong);
        return builder.finish(builder.input());
    }
    const NodeId output = member.network(builder, classes);
    return builder.finish(output);
}

Architecture describe(Member member, std::vector<PublishedWeights> published)
{
    Architecture architecture;
    architecture.published = std::move(published);
    if (const PublishedWeights* weights = architecture.defaultWeights())
        member.input = {3, weights->crop, weights->crop};
    architecture.name = member.name;
    architecture.family = member.family;
    architecture.type = member.type;
    architecture.year = member.year;
    architecture.defaultInput = member.input;
    architecture.defaultClasses = member.classes;
    architecture.vocabulary = member.vocabulary;
    architecture.build = [m = std::move(member)](const BuildOptions& options) { return buildMember(m, options); };
    return architecture;
}

std::vector<Architecture> makeCatalogue()
{
    PublishedFigures published = publishedFigures();
    std::vector<Architecture> all;
    for (const auto family : {families::leNets,
                              families::alexNets,
                              families::vggs,
                              families::googLeNets,
                              families::inceptionsV3,
                              families::resNets,
                              families::squeezeNets,
                              families::denseNets,
                              families::mobileNetsV2,
                              families::mobileNetsV3,
                              families::mnasNets,
                              families::shuffleNetsV2,
                              families::efficientNets,
                              families::efficientNetsV2,
                              families::regNets,
                              families::convNexts,
                              families::visionTransformers,
                              families::swinTransformers,
                              families::deiTs,
                              families::maxVits,
                              families::mlps,
                              families::berts})
        for (Member& member : family())
            all.push_back(describe(member, published[member.name]));
    return all;
}

std::vector<std::string> allNames()
{
    std::vector<std::string> names;
    for (const Architecture& architecture : catalogue())
        names.push_back(architecture.name);
    return names;
}

/// "a", "a or b", "a, b or c".
std::string alternatives(const std::vector<std::string>& names)
{
    std::string out = names.front();
    for (std::size_t i = 1; i < names.size(); ++i)
        out += (i + 1 == names.size() ? " or " : ", ") + names[i];
    return out;
}

/// Kept once made, since whoever asked holds a pointer to it.
Result<const Architecture*> findConvNet(std::string_view name)
{
    static std::mutex mutex;
    static std::map<std::string, std::unique_ptr<const Architecture>, std::less<>> made;
    const std::lock_guard lock(mutex);
    if (const auto found = made.find(name); found != made.end())
        return found->second.get();
    return families::convNetNamed(name).map([&](const Member& member) -> const Architecture* {
        auto kept = std::make_unique<const Architecture>(describe(member, {}));
        return made.emplace(name, std::move(kept)).first->second.get();
    });
}

} // namespace

std::string_view name(ArchitectureType type)
{
    return std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& entry) { return entry.first == type; })->second;
}

std::optional<ArchitectureType> architectureTypeFromName(std::string_view name)
{
    const auto found =
        std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& entry) { return entry.second == name; });
    return found == kTypes.end() ? std::nullopt : std::optional(found->first);
}

const PublishedWeights* Architecture::defaultWeights() const
{
    // Others were trained on more images first, and say so: "IMAGENET1K_SWAG_E2E_V1".
    const auto found = std::find_if(published.rbegin(), published.rend(), [](const PublishedWeights& weights) {
        return weights.name.starts_with("IMAGENET1K_V");
    });
    return found == published.rend() ? nullptr : &*found;
}

const std::vector<Architecture>& catalogue()
{
    static const std::vector<Architecture> all = makeCatalogue();
    return all;
}

std::string inputText(const Shape& input, std::int64_t vocabulary)
{
    return vocabulary > 0 ? toString(input) + " tokens" : toString(input);
}

Result<const Architecture*> findArchitecture(std::string_view name)
{
    if (families::isConvNet(name))
        return findConvNet(name);
    const std::vector<Architecture>& all = catalogue();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Architecture& a) { return a.name == name; });
    if (found != all.end())
        return &*found;
    const std::vector<std::string> near = nearNames(name, allNames());
    if (near.empty())
        return fail(
            ErrorCode::NotFound,
            fmt::format("There is no architecture named \"{}\"; the catalogue lists all {}.", name, all.size()));
    return fail(ErrorCode::NotFound,
                fmt::format("There is no architecture named \"{}\"; did you mean {}?", name, alternatives(near)));
}

Result<Graph> buildArchitecture(std::string_view name, const BuildOptions& options)
{
    return findArchitecture(name).and_then([&](const Architecture* found) { return found->build(options); });
}

} // namespace lathe
