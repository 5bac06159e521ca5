#include <memory>

#include "app/command.h"
#include "core/formats/script_rehearsal.h"

namespace lathe::cli {

/// For Lathe's own use: see rehearseScript.
void addRehearse(CLI::App& app, Action& action)
{
    struct Options {
        std::string path;
        std::string input;
    };
    CLI::App* command = app.add_subcommand("rehearse", "Read a TorchScript file and say whether that went well");
    const auto options = std::make_shared<Options>();
    command->group("");
    command->add_option("file", options->path)->required();
    command->add_option("--input", options->input)->required();
    command->callback([&action, options] {
        action = [options] {
            return parseInput(options->input).and_then([&](const Shape& input) {
                return performRehearsal(options->path, input);
            });
        };
    });
}

} // namespace lathe::cli
