#include "core/base/files.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <random>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/base/file_descriptor.h"

namespace lathe {

namespace {

namespace fs = std::filesystem;
using Pieces = std::vector<std::string_view>;
using Fill = std::function<bool(const PutBytes&)>;

/// A path that leads nowhere is the user's to correct, all else the machine's.
ErrorCode errorCode(int code)
{
    return code == ENOENT || code == ENOTDIR ? ErrorCode::NotFound : ErrorCode::InputOutput;
}

tl::unexpected<Error> cannotWrite(const fs::path& path, int code)
{
    return fail(errorCode(code), fmt::format("{} could not be written: {}.", path.string(), writeFailure(code)));
}

tl::unexpected<Error> cannotRead(const fs::path& path, int code)
{
    std::string reason = std::generic_category().message(code);
    if (code == ENOENT)
        reason = "there is no such file";
    else if (code == ENOTDIR)
        reason = "a part of its path is a file, not a folder; correct the path";
    else if (code == EACCES || code == EPERM)
        reason = "no permission to read it";
    else if (code == EISDIR)
        reason = "it is a folder; give the name of a file";
    return fail(errorCode(code), fmt::format("{} could not be read: {}.", path.string(), reason));
}

/// The file that a chain of links ends at, there or not; the path itself where it is no link.
fs::path behindLinks(fs::path path)
{
    constexpr int kMostLinks = 40; // as Linux
    std::error_code error;
    for (int i = 0; i < kMostLinks && fs::is_symlink(path, error); ++i)
        path = path.parent_path() / fs::read_symlink(path, error);
    return path;
}

/// A new, empty file beside the target, with its permissions where it exists.
struct Temporary {
    std::string path;
    FileDescriptor file;

    explicit Temporary(const std::string& name) : path(name), file(name, O_WRONLY | O_CREAT | O_EXCL) {}
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    ~Temporary()
    {
        if (file.isOpen())
            ::unlink(path.c_str());
    }
};

std::string temporaryName(const fs::path& target)
{
    std::random_device random; // a counter or process id would meet what a crash left behind
    return (target.parent_path() / fmt::format(".lathe-{:08x}{:08x}.tmp", random(), random())).string();
}

/// Leaves the reason of a failure in errno.
bool writeAll(const FileDescriptor& file, const Fill& fill)
{
    int failure = 0;
    const bool isWhole = fill([&](std::string_view piece) {
        if (failure == 0 && !file.writeAll(piece))
            failure = errno;
        return failure == 0;
    });
    errno = failure != 0 ? failure : ECANCELED;
    return isWhole && failure == 0;
}

/// 0, or errno's value. The target is as it was unless all went well.
int replaceFile(const fs::path& target, const Fill& fill, const struct stat* existing)
{
    if (existing && ::faccessat(AT_FDCWD, target.c_str(), W_OK, AT_EACCESS) != 0)
        return errno;
    Temporary temporary(temporaryName(target));
    if (!temporary.file.isOpen())
        return errno;
    if (existing && ::fchmod(temporary.file.get(), existing->st_mode & 07777) != 0)
        return errno;
    if (!writeAll(temporary.file, fill) || !temporary.file.flush())
        return errno;
    if (std::rename(temporary.path.c_str(), target.c_str()) != 0)
        return errno;
    temporary.file.close();
    flushFolder(target.has_parent_path() ? target.parent_path().string() : ".");
    return 0;
}

/// For devices and pipes, which a rename would replace by a file.
int writeDirectly(const fs::path& path, const Fill& fill)
{
    FileDescriptor file(path.string(), O_WRONLY);
    return file.isOpen() && writeAll(file, fill) && file.flush() && file.close() ? 0 : errno;
}

int write(const fs::path& path, const Fill& fill)
{
    struct stat info = {};
    const bool exists = ::stat(path.c_str(), &info) == 0;
    if (!exists && errno != ENOENT)
        return errno;
    if (exists && S_ISDIR(info.st_mode))
        return EISDIR;
    if (exists && !S_ISREG(info.st_mode))
        return writeDirectly(path, fill);
    return replaceFile(behindLinks(path), fill, exists ? &info : nullptr);
}

} // namespace

Result<void> writeFileAtomically(const std::filesystem::path& path, std::string_view bytes)
{
    return writeFileAtomically(path, Pieces{bytes});
}

Result<void> writeFileAtomically(const std::filesystem::path& path, const std::vector<std::string_view>& pieces)
{
    return writeFileAtomically(path, [&](const PutBytes& put) {
        return std::all_of(pieces.begin(), pieces.end(), [&](std::string_view piece) { return put(piece); });
    });
}

Result<void> writeFileAtomically(const std::filesystem::path& path, const std::function<bool(const PutBytes&)>& fill)
{
    const int code = write(path, fill);
    if (code != 0)
        return cannotWrite(path, code);
    return {};
}

FileStamp stampOf(const std::filesystem::path& path)
{
    struct stat info = {};
    if (::stat(path.c_str(), &info) != 0)
        return {};
    constexpr std::int64_t kNanoseconds = 1000000000;
    return {info.st_mtim.tv_sec * kNanoseconds + info.st_mtim.tv_nsec, info.st_size, info.st_ino};
}

Result<std::string> readFile(const std::filesystem::path& path)
{
    const FileDescriptor file(path.string(), O_RDONLY);
    std::string bytes;
    if (!file.isOpen() || !file.readAll(bytes))
        return cannotRead(path, errno);
    return bytes;
}

Result<void> checkPlace(const std::filesystem::path& path)
{
    namespace fs = std::filesystem;
    std::error_code ignored;
    if (fs::is_directory(path, ignored))
        return fail(ErrorCode::InvalidArgument, fmt::format("{} is a folder; name a file in it.", path.string()));
    if (const fs::path folder = path.parent_path(); !folder.empty() && !fs::is_directory(folder, ignored))
        return fail(ErrorCode::NotFound,
                    fmt::format("There is no folder {} to write to; make it first.", folder.string()));
    return {};
}

bool isThere(const std::filesystem::path& path)
{
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
}

bool isFolder(const std::filesystem::path& path)
{
    std::error_code ignored;
    return std::filesystem::is_directory(path, ignored);
}

bool holdsFiles(const std::filesystem::path& folder)
{
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored))
        if (!entry.path().filename().string().starts_with("."))
            return true;
    return false;
}

} // namespace lathe
