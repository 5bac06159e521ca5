#include "core/pruning/rules.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include <fnmatch.h>

#include <fmt/format.h>

namespace lathe {

namespace {

using Type = PrunableParameter::Type;

struct TypeName {
    std::string_view name;
    Type type;
};
constexpr std::array kTypeNames = {TypeName{"conv", Type::Conv}, TypeName{"linear", Type::Linear},
                                   TypeName{"embedding", Type::Embedding}, TypeName{"norm", Type::Norm}};

Type typeOf(const Operation& operation)
{
    if (std::holds_alternative<op::Conv2d>(operation))
        return Type::Conv;
    if (std::holds_alternative<op::Linear>(operation))
        return Type::Linear;
    if (std::holds_alternative<op::Embedding>(operation))
        return Type::Embedding;
    const bool isNorm = std::holds_alternative<op::BatchNorm2d>(operation) ||
                        std::holds_alternative<op::LayerNorm>(operation) ||
                        std::holds_alternative<op::Affine>(operation);
    return isNorm ? Type::Norm : Type::Other;
}

bool hasWildcard(const std::string& pattern)
{
    return pattern.find_first_of("*?[") != std::string::npos;
}

bool fitsName(const std::string& pattern, const std::string& name)
{
    return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
}

bool isUsual(Type type)
{
    return type == Type::Conv || type == Type::Linear;
}

bool fitsLayer(const std::string& pattern, const std::string& layer, Type type)
{
    const auto named = std::find_if(kTypeNames.begin(), kTypeNames.end(),
                                    [&](const TypeName& known) { return known.name == pattern; });
    if (named != kTypeNames.end())
        return type == named->type;
    if (hasWildcard(pattern))
        return isUsual(type) && fitsName(pattern, layer);
    return type != Type::Other && pattern == layer;
}

bool fits(const PruningRule& rule, const Graph& graph, const PrunableParameter& candidate, bool biases)
{
    const std::string& name = graph.parameter(candidate.id).name;
    if (rule.pattern == name)
        return true;
    if (hasWildcard(rule.pattern) && rule.pattern.ends_with("bias"))
        return candidate.isBias && fitsName(rule.pattern, name);
    return (biases || !candidate.isBias) && fitsLayer(rule.pattern, graph.node(candidate.node).name, candidate.type);
}

Result<void> checkScope(const PruningPlan& plan)
{
    for (const PruningRule& rule : plan.rules) {
        const bool isOfOne =
            rule.step.method == PruningStep::Method::Channel || rule.step.method == PruningStep::Method::NOfM;
        if (plan.isGlobal && isOfOne)
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("{} is made layer by layer; leave the global scope to l1 and random.",
                                    toString(rule.step)));
    }
    return {};
}

Result<void> checkExcluded(const Graph& graph, const std::vector<PrunableParameter>& all,
                           const std::vector<std::string>& excluded)
{
    for (const std::string& pattern : excluded)
        if (std::none_of(all.begin(), all.end(), [&](const PrunableParameter& p) {
                return namesParameter(pattern, graph.node(p.node).name, graph.parameter(p.id).name);
            }))
            return fail(ErrorCode::NotFound,
                        fmt::format("{} has no layer \"{}\" that could be excluded; lathe describe "
                                    "--layers names them.",
                                    graph.name(), pattern));
    return {};
}

/// Those that a rule fits, whatever other rules and exclusions say.
Result<std::vector<PrunableParameter>> fittedBy(const PruningRule& rule, const Graph& graph,
                                                const std::vector<PrunableParameter>& all, bool biases)
{
    std::vector<PrunableParameter> fitted;
    std::copy_if(all.begin(), all.end(), std::back_inserter(fitted),
                 [&](const PrunableParameter& p) { return fits(rule, graph, p, biases); });
    if (fitted.empty())
        return fail(ErrorCode::NotFound, fmt::format("{} has no layer \"{}\" with weights to prune; lathe describe "
                                                     "--layers names them.",
                                                     graph.name(), rule.pattern));
    return fitted;
}

void addGroups(std::vector<PruningGroup>& groups, const PruningStep& step, const std::vector<ParameterId>& parameters,
               bool isGlobal)
{
    if (isGlobal && !parameters.empty())
        groups.push_back({step, parameters});
    if (!isGlobal)
        for (const ParameterId parameter : parameters)
            groups.push_back({step, {parameter}});
}

} // namespace

bool namesParameter(const std::string& pattern, const std::string& layer, const std::string& parameter)
{
    return fitsName(pattern, layer) || fitsName(pattern, parameter);
}

std::vector<PrunableParameter> prunableParameters(const Graph& graph)
{
    std::vector<PrunableParameter> all;
    std::set<ParameterId> seen;
    for (NodeId node = 0; node < static_cast<NodeId>(graph.nodes().size()); ++node) {
        const Type type = typeOf(graph.node(node).operation);
        const auto& parameters = graph.node(node).parameters;
        for (std::size_t i = 0; i < parameters.size(); ++i)
            if (graph.parameter(parameters[i]).trainable && seen.insert(parameters[i]).second)
                all.push_back({parameters[i], node, type, i > 0 && type != Type::Other});
    }
    return all;
}

Result<std::vector<PruningGroup>> selectParameters(const Graph& graph, const PruningPlan& plan)
{
    const std::vector<PrunableParameter> all = prunableParameters(graph);
    if (auto sound = checkScope(plan).and_then([&] { return checkExcluded(graph, all, plan.excluded); }); !sound)
        return tl::unexpected(sound.error());
    std::vector<std::vector<ParameterId>> chosen(plan.rules.size());
    std::set<ParameterId> taken;
    for (std::size_t r = plan.rules.size(); r-- > 0;) {
        const auto fitted = fittedBy(plan.rules[r], graph, all, plan.biases);
        if (!fitted)
            return tl::unexpected(fitted.error());
        for (const PrunableParameter& p : *fitted) {
            const bool isExcluded =
                std::any_of(plan.excluded.begin(), plan.excluded.end(), [&](const std::string& pattern) {
                    return namesParameter(pattern, graph.node(p.node).name, graph.parameter(p.id).name);
                });
            if (!isExcluded && taken.insert(p.id).second)
                chosen[r].push_back(p.id);
        }
    }
    if (taken.empty())
        return fail(ErrorCode::InvalidArgument,
                    "Everything that the rules mean is excluded, so nothing would be pruned; exclude less.");
    std::vector<PruningGroup> groups;
    for (std::size_t r = 0; r < plan.rules.size(); ++r)
        addGroups(groups, plan.rules[r].step, chosen[r], plan.isGlobal);
    return groups;
}

} // namespace lathe
