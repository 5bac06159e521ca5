#include <cmath>

#include <fmt/format.h>

#include "core/pruning/rules.h"

namespace lathe {

namespace {

using Method = PruningStep::Method;

constexpr const char* kEverything = "*";

std::string normText(double n)
{
    return std::isinf(n) ? "inf" : fmt::format("{:g}", n);
}

std::string methodText(const PruningStep& step)
{
    switch (step.method) {
    case Method::L1:
        return "l1";
    case Method::Random:
        return "random";
    case Method::Channel:
        return "ln" + normText(step.norm.n);
    case Method::NOfM:
        break;
    }
    return toString(step.pattern);
}

/// As a rule has it behind its "=".
std::string stepText(const PruningStep& step)
{
    return step.method == Method::NOfM ? methodText(step)
                                       : fmt::format("{}:{}", methodText(step), toString(step.amount));
}

Result<Method> methodFromName(const std::string& name)
{
    if (name == "l1")
        return Method::L1;
    if (name == "random")
        return Method::Random;
    if (name == "ln")
        return Method::Channel;
    return fail(ErrorCode::InvalidArgument,
                fmt::format("There is no method \"{}\" for masks: choose l1, random, ln (whole channels) or a pattern "
                            "like 2:4; l2, taylor and bn-scale are for channels that are taken out (--structured).",
                            name));
}

bool isPattern(const std::string& text)
{
    return !text.empty() && text.find_first_not_of("0123456789:") == std::string::npos;
}

} // namespace

std::string toString(const PruningStep& step)
{
    switch (step.method) {
    case Method::NOfM:
        return methodText(step);
    case Method::Channel:
        return fmt::format("{} {} (axis {})", methodText(step), toString(step.amount), step.norm.axis);
    case Method::L1:
    case Method::Random:
        break;
    }
    return fmt::format("{} {}", methodText(step), toString(step.amount));
}

Result<PruningStep> stepFromText(const std::string& text, const ChannelNorm& norm)
{
    PruningStep step;
    step.norm = norm;
    if (isPattern(text)) {
        step.method = Method::NOfM;
        return nOfMFromText(text).map([&](const NOfM& pattern) {
            step.pattern = pattern;
            return step;
        });
    }
    const std::size_t colon = text.find(':');
    const Result<Method> method = methodFromName(text.substr(0, colon));
    if (!method)
        return tl::unexpected(method.error());
    if (colon == std::string::npos)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("\"{}\" does not say how much; write {}:0.3 for a share, or {}:30 for a number of "
                                "entries.",
                                text, text, text));
    step.method = *method;
    return amountFromText(std::string_view(text).substr(colon + 1)).map([&](const Amount& amount) {
        step.amount = amount;
        return step;
    });
}

Result<PruningRule> ruleFromText(const std::string& text, const ChannelNorm& norm)
{
    const std::size_t equals = text.rfind('=');
    if (equals == std::string::npos || equals == 0)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("\"{}\" is no rule: write which layers lose how much, like conv=l1:0.2 or "
                                "layer1.*=random:0.4.",
                                text));
    return stepFromText(text.substr(equals + 1), norm).map([&](const PruningStep& step) {
        return PruningRule{text.substr(0, equals), step};
    });
}

std::string toString(const PruningPlan& plan)
{
    const char* scope = plan.isGlobal ? "global" : "layer";
    if (plan.rules.size() == 1 && plan.rules.front().pattern == kEverything) {
        const PruningStep& step = plan.rules.front().step;
        return step.method == Method::NOfM ? methodText(step)
                                           : fmt::format("{} {} {}", methodText(step), scope, toString(step.amount));
    }
    std::string text;
    for (const PruningRule& rule : plan.rules)
        text += fmt::format("{}{}={}", text.empty() ? "" : ", ", rule.pattern, stepText(rule.step));
    return plan.isGlobal ? text + " global" : text;
}

} // namespace lathe
