#include <memory>

#include "app/command.h"
#include "app/quantize_demo.h"
#include "app/quantize_options.h"

namespace lathe::cli {

namespace {

struct Options {
    bool demo = false;
    bool json = false;
    QuantizeOptions scheme;
    QuantizeDemoOptions shown;
};

} // namespace

void addQuantize(CLI::App& app, Action& action)
{
    CLI::App* command =
        app.add_subcommand("quantize", "See what quantization does to numbers: integers, errors, bytes");
    const auto options = std::make_shared<Options>();
    command->add_flag("--demo", options->demo, "Show it on drawn numbers, your own, or those of a layer")->required();
    addQuantizeOptions(*command, options->scheme);
    addDemoOptions(*command, options->shown);
    command->add_flag("--json", options->json, "One JSON document on standard output");
    command->callback([&action, options] {
        action = [options] { return quantizeDemo(options->shown, options->scheme, options->json); };
    });
}

} // namespace lathe::cli
