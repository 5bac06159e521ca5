#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <fstream>

#include <sys/resource.h>
#include <sys/time.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tests/fuzz/memory_meter.h"
#include "tests/fuzz/mutator.h"
#include "tests/fuzz/targets.h"

// Reads damaged files until a reader crashes, hangs or takes too much memory; tests/fuzz/README.md says how to run it.

namespace {

using lathe::fuzz::Target;

constexpr std::int64_t kMemoryForAll =
    2 << 20;                    ///< bytes that any file may take: buffers, and small tensors written out
constexpr int kMostSeconds = 5; ///< of processor time for one file

struct Options {
    std::string target;
    std::uint64_t seed = 1;
    std::uint64_t first = 0;
    std::uint64_t count = 2000;
};

/// What is being read, for whatever ends the program.
struct Current {
    std::string target;
    std::string bytes;
    std::uint64_t seed = 0;
    std::uint64_t index = 0;
} current;

void reportDeath()
{
    const std::string path = fmt::format("fuzz-{}-{}-{}.bin", current.target, current.seed, current.index);
    std::ofstream(path, std::ios::binary) << current.bytes;
    fmt::print(stderr, "lathe_fuzz: failed at --target {} --seed {} --first {} --count 1; the file is {}\n",
               current.target, current.seed, current.index, path);
}

[[noreturn]] void die(const std::string& why)
{
    fmt::print(stderr, "lathe_fuzz: {}\n", why);
    reportDeath();
    std::_Exit(EXIT_FAILURE);
}

void onSignal(int number)
{
    die(number == SIGPROF ? fmt::format("a file took over {} seconds", kMostSeconds)
                          : fmt::format("a reader ended in signal {}", number));
}

void startClock(int seconds)
{
    const itimerval timer{{0, 0}, {seconds, 0}};
    setitimer(ITIMER_PROF, &timer, nullptr);
}

/// Bytes of heap for each byte of the file; small files count as one of 4 KiB, for their buffers outweigh them.
double readOne(const Target& target)
{
    const std::int64_t before = lathe::fuzz::resetPeakBytes();
    startClock(kMostSeconds);
    try {
        target.read(current.bytes);
    } catch (const std::exception& error) {
        die(fmt::format("a reader threw: {}", error.what()));
    }
    startClock(0);
    const std::int64_t taken = lathe::fuzz::peakBytes() - before;
    const auto size = static_cast<double>(std::max<std::size_t>(current.bytes.size(), 1));
    if (static_cast<double>(taken) > static_cast<double>(kMemoryForAll) + target.mostBytesAByte * size)
        die(fmt::format("a file of {} bytes took {} bytes of memory", current.bytes.size(), taken));
    return static_cast<double>(taken) / std::max(size, 4096.0);
}

/// For programs, which may ask for more than there is: they are to be refused it, not to be killed for it. With
/// sanitizers the address space is full of their own.
void limitAddressSpace()
{
#ifndef __SANITIZE_ADDRESS__
    constexpr rlim_t kMost = rlim_t{8} << 30;
    const rlimit limit{kMost, kMost};
    setrlimit(RLIMIT_AS, &limit);
#endif
}

void run(const Target& target, const Options& options)
{
    if (std::isinf(target.mostBytesAByte))
        limitAddressSpace();
    const auto seeds = target.seeds();
    if (!seeds) {
        fmt::print("{:12} skipped: {}\n", target.name, seeds.error().message);
        return;
    }
    current.target = target.name;
    current.seed = options.seed;
    double most = 0.0;
    for (std::uint64_t i = options.first; i < options.first + options.count; ++i) {
        lathe::fuzz::Random random(options.seed * 0x9E3779B97F4A7C15ULL + i);
        current.index = i;
        current.bytes = lathe::fuzz::mutated(*seeds, random);
        most = std::max(most, readOne(target));
    }
    fmt::print("{:12} {} files read, none crashed or hung; at most {:.0f} bytes of memory a byte of a file\n",
               target.name, options.count, most);
    std::fflush(stdout);
}

} // namespace

#ifdef __SANITIZE_ADDRESS__
extern "C" {
void __sanitizer_set_death_callback(void (*callback)());
const char* __asan_default_options()
{
    return "detect_leaks=0:allocator_may_return_null=0:abort_on_error=0";
}
const char* __ubsan_default_options()
{
    return "halt_on_error=1:print_stacktrace=1";
}
}
#endif

int main(int argc, char** argv)
{
    Options options;
    CLI::App app("Reads damaged files with every reader there is.", "lathe_fuzz");
    app.add_option("--target", options.target, "One reader alone");
    app.add_option("--seed", options.seed, "Other files for another number");
    app.add_option("--first", options.first, "The first file's number");
    app.add_option("--count", options.count, "Files a reader");
    CLI11_PARSE(app, argc, argv);

#ifdef __SANITIZE_ADDRESS__
    __sanitizer_set_death_callback(reportDeath);
    std::signal(SIGPROF, onSignal);
#else
    for (const int number : {SIGPROF, SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL})
        std::signal(number, onSignal);
#endif
    lathe::fuzz::startMetering();
    bool found = options.target.empty();
    for (const Target& target : lathe::fuzz::targets())
        if (options.target.empty() ? !target.isSlow : options.target == target.name) {
            run(target, options);
            found = true;
        }
    for (const Target& control : lathe::fuzz::controls())
        if (options.target == control.name) {
            run(control, options);
            found = true;
        }
    if (!found)
        fmt::print(stderr, "lathe_fuzz: there is no target {}\n", options.target);
    return found ? EXIT_SUCCESS : EXIT_FAILURE;
}
