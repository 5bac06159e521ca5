#pragma once

#include <CLI/CLI.hpp>

/// What numbers flags take, each with a sentence for those that they do not.
namespace lathe::cli {

CLI::Validator atLeastOne();  ///< whole numbers
CLI::Validator threadCount(); ///< 1 to `mostThreads`

/// Both included; what is no number is refused too.
CLI::Validator between(double low, double high);

} // namespace lathe::cli
