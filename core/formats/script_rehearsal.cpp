#include "core/formats/script_rehearsal.h"

#include <csignal>
#include <filesystem>
#include <mutex>
#include <set>
#include <stop_token>

#include <sys/prctl.h>
#include <sys/resource.h>

#include <fmt/format.h>

#include "core/base/files.h"
#include "core/base/process.h"
#include "core/engine/backend.h"

namespace lathe {

namespace {

constexpr rlim_t kMostSeconds = 300; ///< of processor time: a busy machine does not make a program endless
constexpr std::uint64_t kMostAddresses = std::uint64_t{12} << 30; ///< bytes; LibTorch itself maps a few of these

/// Those that went well, as their files were.
class Rehearsed {
public:
    bool holds(const std::string& key)
    {
        const std::lock_guard lock(m_mutex);
        return m_keys.contains(key);
    }
    void add(const std::string& key)
    {
        const std::lock_guard lock(m_mutex);
        m_keys.insert(key);
    }

private:
    std::mutex m_mutex;
    std::set<std::string> m_keys;
};

/// Stops what runs now, and nothing that begins later.
class Stopper {
public:
    std::stop_token token()
    {
        const std::lock_guard lock(m_mutex);
        return m_source.get_token();
    }
    void stop()
    {
        const std::lock_guard lock(m_mutex);
        m_source.request_stop();
        m_source = std::stop_source();
    }

private:
    std::mutex m_mutex;
    std::stop_source m_source;
};

Stopper& stopper()
{
    static Stopper stopper;
    return stopper;
}

std::string keyOf(const std::string& path, const Shape& input)
{
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    const auto changed = std::filesystem::last_write_time(path, error).time_since_epoch().count();
    return fmt::format("{}|{}|{}|{}", path, size, changed, toString(input));
}

Result<void> judge(const std::string& path, const ProcessOutput& output)
{
    if (output.signal == SIGXCPU || output.signal == SIGKILL)
        return fail(ErrorCode::Unsupported, fmt::format("{} is a program that did not come to an end within {} s of "
                                                        "processor time, or took all memory; Lathe does "
                                                        "not run it.",
                                                        path, kMostSeconds));
    if (output.signal != 0)
        return fail(ErrorCode::BadFile,
                    fmt::format("{} makes LibTorch crash (signal {}), by damage or on purpose; save it again with "
                                "torch.jit.save.",
                                path, output.signal));
    if (output.exitCode == 0)
        return {};
    const auto [text, isSentence] = lastWords(output);
    return fail(ErrorCode::Unsupported,
                isSentence ? text : fmt::format("{} could not be read by LibTorch: {}", path, text));
}

} // namespace

Result<void> rehearseScript(const std::string& path, const Shape& input)
{
    static Rehearsed rehearsed;
    const std::string key = keyOf(path, input);
    if (rehearsed.holds(key))
        return {};
    return runProcess({latheExecutable(), "rehearse", path, "--input", toString(input)}, stopper().token())
        .and_then([&](const ProcessOutput& output) { return judge(path, output); })
        .map([&] { rehearsed.add(key); });
}

void abandonRehearsals()
{
    stopper().stop();
}

Result<void> performRehearsal(const std::string& path, const Shape& input)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const rlimit none{0, 0}; // a crash is expected now and then, and its core file wanted by nobody
    setrlimit(RLIMIT_CORE, &none);
    std::error_code error;
    const auto bytes = std::filesystem::file_size(path, error);
    const rlimit addresses{kMostAddresses + 8 * (error ? 0 : bytes), RLIM_INFINITY};
    setrlimit(RLIMIT_AS, &addresses);
    const rlimit seconds{kMostSeconds, kMostSeconds + 5};
    setrlimit(RLIMIT_CPU, &seconds);
    return loadBackend().and_then(
        [&](Backend* backend) { return backend->readTorchScript(path, input).map([](const ScriptModel&) {}); });
}

} // namespace lathe
