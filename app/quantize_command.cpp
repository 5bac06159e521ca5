#include <memory>

#include "app/command.h"
#include "app/quantize_demo.h"
#include "app/quantize_network.h"
#include "app/quantize_options.h"

namespace lathe::cli {

namespace {

struct Options {
    bool demo = false;
    bool json = false;
    QuantizeOptions values;
    QuantizeDemoOptions shown;
    QuantizeNetworkOptions network;
};

Result<void> run(const Options& options)
{
    if (!options.demo)
        return quantizeNetwork(options.network, options.values, options.shown.input, options.shown.seed, options.json);
    QuantizeDemoOptions shown = options.shown;
    shown.model = options.network.model;
    return quantizeDemo(shown, options.values, options.json);
}

} // namespace

void addQuantize(CLI::App& app, Action& action)
{
    CLI::App* command =
        app.add_subcommand("quantize", "Quantize a network, or see what quantization does to numbers (--demo)");
    const auto options = std::make_shared<Options>();
    command->add_flag("--demo", options->demo, "Show it on drawn numbers, your own, or those of a layer");
    CLI::Option* model = command->add_option("--model,model", options->network.model,
                                             "The network to quantize, or whose layer is shown: an architecture's "
                                             "name or a model file");
    addNetworkOptions(*command, options->network);
    addQuantizeOptions(*command, options->values);
    addDemoOptions(*command, options->shown, model);
    command->add_flag("--json", options->json, "One JSON document on standard output");
    command->callback([&action, options] {
        if (!options->demo && options->network.model.empty())
            throw CLI::RequiredError("model or --demo");
        action = [options] { return run(*options); };
    });
}

} // namespace lathe::cli
