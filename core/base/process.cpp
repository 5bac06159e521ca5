#include "core/base/process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

extern char** environ;

namespace lathe {

namespace {

class PipeEnd {
public:
    PipeEnd() = default;
    explicit PipeEnd(int fd) : m_fd(fd) {}
    PipeEnd(PipeEnd&& other) noexcept : m_fd(std::exchange(other.m_fd, -1)) {}
    PipeEnd& operator=(PipeEnd&& other) noexcept
    {
        std::swap(m_fd, other.m_fd);
        return *this;
    }
    ~PipeEnd() { close(); }

    int get() const { return m_fd; }
    void close()
    {
        if (m_fd >= 0)
            ::close(std::exchange(m_fd, -1));
    }

private:
    int m_fd = -1;
};

struct Pipe {
    PipeEnd reader;
    PipeEnd writer;
};

std::optional<Pipe> makePipe()
{
    std::array<int, 2> ends{};
    // Close on exec, or children started meanwhile by other threads would keep the pipes open.
    if (pipe2(ends.data(), O_CLOEXEC) != 0)
        return std::nullopt;
    return Pipe{PipeEnd(ends[0]), PipeEnd(ends[1])};
}

/// What a child's descriptors 0, 1 and 2 are to be.
class SpawnActions {
public:
    SpawnActions(int output, int errors)
    {
        posix_spawn_file_actions_init(&m_actions);
        posix_spawn_file_actions_addopen(&m_actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&m_actions, output, STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&m_actions, errors, STDERR_FILENO);
    }
    ~SpawnActions() { posix_spawn_file_actions_destroy(&m_actions); }
    SpawnActions(const SpawnActions&) = delete;
    SpawnActions& operator=(const SpawnActions&) = delete;

    const posix_spawn_file_actions_t* get() const { return &m_actions; }

private:
    posix_spawn_file_actions_t m_actions{};
};

/// The child must hear of SIGPIPE and SIGTERM even where this process ignores or blocks them.
class SpawnAttributes {
public:
    SpawnAttributes()
    {
        posix_spawnattr_init(&m_attributes);
        sigset_t none;
        sigset_t defaults;
        sigemptyset(&none);
        sigemptyset(&defaults);
        for (const int number : {SIGPIPE, SIGTERM, SIGINT, SIGHUP})
            sigaddset(&defaults, number);
        posix_spawnattr_setsigmask(&m_attributes, &none);
        posix_spawnattr_setsigdefault(&m_attributes, &defaults);
        posix_spawnattr_setflags(&m_attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~SpawnAttributes() { posix_spawnattr_destroy(&m_attributes); }
    SpawnAttributes(const SpawnAttributes&) = delete;
    SpawnAttributes& operator=(const SpawnAttributes&) = delete;

    const posix_spawnattr_t* get() const { return &m_attributes; }

private:
    posix_spawnattr_t m_attributes{};
};

Result<pid_t> spawn(const std::vector<std::string>& command, int output, int errors)
{
    std::vector<char*> arguments;
    for (const std::string& argument : command)
        arguments.push_back(const_cast<char*>(argument.c_str())); // posix_spawn does not write to them
    arguments.push_back(nullptr);
    pid_t child = 0;
    const int error = posix_spawnp(&child, arguments[0], SpawnActions(output, errors).get(), SpawnAttributes().get(),
                                   arguments.data(), environ);
    if (error == 0)
        return child;
    return fail(error == ENOENT ? ErrorCode::NotFound : ErrorCode::InputOutput,
                fmt::format("{} could not be started: {}.", command[0], std::strerror(error)));
}

/// Appends what is there to read; false at the end.
bool drain(int fd, std::string& text)
{
    std::array<char, 65536> buffer{};
    const ssize_t count = read(fd, buffer.data(), buffer.size());
    if (count > 0)
        text.append(buffer.data(), static_cast<std::size_t>(count));
    return count > 0 || (count < 0 && errno == EINTR);
}

/// Reads both pipes to their ends, or until something is written to `wake`.
void readUntilEnd(PipeEnd& output, PipeEnd& errors, int wake, ProcessOutput& result)
{
    while (output.get() >= 0 || errors.get() >= 0) {
        std::array<pollfd, 3> waiting{{{output.get(), POLLIN, 0},
                                       {errors.get(), POLLIN, 0},
                                       {wake, POLLIN, 0}}}; // poll passes over negative ones
        if (poll(waiting.data(), waiting.size(), -1) < 0)
            continue;
        if (waiting[2].revents != 0)
            return;
        if (waiting[0].revents != 0 && !drain(output.get(), result.output))
            output.close();
        if (waiting[1].revents != 0 && !drain(errors.get(), result.errors))
            errors.close();
    }
}

void waitWithoutReaping(pid_t child)
{
    siginfo_t info{};
    while (waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
    }
}

void reap(pid_t child, ProcessOutput& result)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    result.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    result.exitCode = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string defaultExecutable()
{
    if (const char* path = std::getenv("LATHE_EXECUTABLE"); path != nullptr && *path != '\0')
        return path;
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    return error ? "lathe" : self.string();
}

} // namespace

Result<ProcessOutput> runProcess(const std::vector<std::string>& command, std::stop_token stop)
{
    if (command.empty() || command[0].empty())
        return fail(ErrorCode::InvalidArgument, "No program was named to run.");
    auto output = makePipe();
    auto errors = makePipe();
    auto wake = makePipe();
    if (!output || !errors || !wake)
        return fail(ErrorCode::InputOutput,
                    fmt::format("No pipe to {} could be made: {}.", command[0], std::strerror(errno)));
    const Result<pid_t> child = spawn(command, output->writer.get(), errors->writer.get());
    output->writer.close();
    errors->writer.close();
    if (!child)
        return tl::unexpected(child.error());

    ProcessOutput result;
    {
        // Its number stays the child's until it is reaped, which is after the callback is gone.
        const std::stop_callback kill(stop, [&] {
            ::kill(*child, SIGKILL);
            wake->writer.close();
        });
        readUntilEnd(output->reader, errors->reader, wake->reader.get(), result);
        waitWithoutReaping(*child);
    }
    reap(*child, result);
    if (stop.stop_requested())
        return fail(ErrorCode::Cancelled, fmt::format("{} was stopped.", command[0]));
    return result;
}

std::string& latheExecutable()
{
    static std::string path = defaultExecutable();
    return path;
}

LastWords lastWords(const ProcessOutput& output)
{
    constexpr std::string_view kOwnPrefix = "lathe: ";
    const std::string& text = output.errors;
    const std::size_t end = text.find_last_not_of("\r\n \t");
    if (end == std::string::npos)
        return {};
    const std::size_t before = text.find_last_of('\n', end);
    const std::size_t begin = before == std::string::npos ? 0 : before + 1;
    const std::string line = text.substr(begin, end - begin + 1);
    const bool isSentence = line.starts_with(kOwnPrefix);
    return {isSentence ? line.substr(kOwnPrefix.size()) : line, isSentence};
}

} // namespace lathe
