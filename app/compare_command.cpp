#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/checks.h"
#include "app/command.h"
#include "app/output.h"
#include "app/stop.h"
#include "core/benchmark/as_run.h"
#include "core/benchmark/compare.h"
#include "core/benchmark/environment.h"
#include "core/benchmark/measure.h"
#include "core/engine/backend.h"
#include "core/session/session.h"

namespace lathe::cli {

namespace {

using Json = nlohmann::ordered_json;

struct Options {
    std::string a;
    std::string b;
    std::vector<std::string> modes;
    std::vector<std::int64_t> batches{1};
    std::vector<int> threads;
    std::vector<std::string> inputs;
    std::string device = "cpu";
    double maxSeconds = 20.0;
    bool json = false;
};

/// The value for A (0) or B (1) of a flag that gives one for both or one for each.
template <class T> T side(const std::vector<T>& values, std::size_t which, T otherwise)
{
    return values.empty() ? otherwise : values[std::min(which, values.size() - 1)];
}

Result<Configuration> configurationOf(const Options& options, std::size_t which)
{
    Configuration c;
    c.model = which == 0 ? options.a : options.b;
    c.mode = side(options.modes, which, std::string(kUsualMode));
    c.batch = side(options.batches, which, std::int64_t{1});
    c.threads = side(options.threads, which, usableCores());
    c.device = options.device;
    const Result<Shape> input = parseInput(side(options.inputs, which, std::string()));
    if (!input)
        return tl::unexpected(input.error());
    c.input = *input;
    return c;
}

std::string_view verdictName(Verdict verdict)
{
    switch (verdict) {
    case Verdict::FirstFaster:
        return "a_faster";
    case Verdict::SecondFaster:
        return "b_faster";
    case Verdict::NoDifferenceShown:
        break;
    }
    return "no_difference_shown";
}

double secondsOf(const std::vector<double>& milliseconds)
{
    return std::accumulate(milliseconds.begin(), milliseconds.end(), 0.0) / 1e3;
}

Json sideJson(const Configuration& c, const std::vector<double>& milliseconds, double seconds)
{
    const Latency latency = summarise(milliseconds, seconds);
    return {{"model", c.model},
            {"mode", c.mode},
            {"batch", c.batch},
            {"threads", c.threads},
            {"input", c.input},
            {"device", c.device},
            {"latency_ms",
             {{"median", latency.median},
              {"ci_low", latency.ciLow},
              {"ci_high", latency.ciHigh},
              {"p5", latency.p5},
              {"p95", latency.p95},
              {"p99", latency.p99},
              {"samples", milliseconds}}}};
}

Json environmentJson(const BackendInfo& backend)
{
    return Json::parse(recordsToJson({}, currentEnvironment(backend)))["environment"];
}

void print(const Configuration& a, const Configuration& b, const Comparison& comparison)
{
    fmt::print("A  {}\nB  {}\n{}\n", describe(a), describe(b), comparison.sentence);
    for (const Flag& flag : comparison.flags)
        fmt::print("  {}\n", flag.text);
}

void printJson(const Configuration& a, const Configuration& b, const Comparison& comparison, const BackendInfo& backend)
{
    const double seconds = secondsOf(comparison.aMilliseconds) + secondsOf(comparison.bMilliseconds);
    Json flags = Json::array();
    for (const Flag& flag : comparison.flags)
        flags.push_back({{"code", flag.code}, {"text", flag.text}});
    fmt::print("{}\n", Json{{"environment", environmentJson(backend)},
                            {"a", sideJson(a, comparison.aMilliseconds, seconds)},
                            {"b", sideJson(b, comparison.bMilliseconds, seconds)},
                            {"ratio", comparison.ratio},
                            {"ci_low", comparison.ciLow},
                            {"ci_high", comparison.ciHigh},
                            {"verdict", verdictName(comparison.verdict)},
                            {"sentence", comparison.sentence},
                            {"flags", flags}}
                           .dump(2));
}

Result<void> compare(const Options& options)
{
    Result<Configuration> a = configurationOf(options, 0);
    Result<Configuration> b = configurationOf(options, 1);
    if (!a || !b)
        return tl::unexpected(!a ? a.error() : b.error());
    const Result<Backend*> backend = loadBackend();
    if (!backend)
        return tl::unexpected(backend.error());
    CompareOptions how;
    how.maxSeconds = options.maxSeconds;
    const StopOnInterrupt interrupt;
    printStatus(fmt::format("comparing {} with {}", describe(*a), describe(*b)));
    const Result<Comparison> comparison = compareConfigurations(**backend, *a, *b, how, interrupt.token(), {});
    printStatus("");
    if (!comparison)
        return tl::unexpected(comparison.error());
    a->mode = comparison->aMode;
    b->mode = comparison->bMode;
    if (options.json)
        printJson(*a, *b, *comparison, (*backend)->info());
    else
        print(*a, *b, *comparison);
    return {};
}

} // namespace

void addCompare(CLI::App& app, Action& action)
{
    CLI::App* command = app.add_subcommand("compare", "Which of two is faster, from interleaved runs");
    const auto options = std::make_shared<Options>();
    command->add_option("a", options->a, "An architecture's name or a model file")->required();
    command->add_option("b", options->b, "The one to hold against it; may be the same in another mode")->required();
    addListOption(*command, "--mode", options->modes,
                  "One mode for both, or one for each: eager,fused; eager by default, a quantized file as it was made")
        ->expected(1, 2);
    addListOption(*command, "--batch", options->batches, "One batch size for both, or one for each")
        ->expected(1, 2)
        ->check(atLeastOne());
    addListOption(*command, "--threads", options->threads, "Threads for both, or for each; all cores by default")
        ->expected(1, 2)
        ->check(threadCount());
    addListOption(*command, "--input", options->inputs, "Input size for both, or for each")->expected(1, 2);
    command->add_option("--device", options->device, "cpu, or cuda where this LibTorch has it");
    command->add_option("--max-seconds", options->maxSeconds, "Time limit (20)")->check(between(0.1, 86400.0));
    command->add_flag("--json", options->json, "One JSON document on standard output");
    command->callback([&action, options] { action = [options] { return compare(*options); }; });
}

} // namespace lathe::cli
