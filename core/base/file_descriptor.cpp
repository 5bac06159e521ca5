#include "core/base/file_descriptor.h"

#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lathe {

FileDescriptor::FileDescriptor(const std::string& path, int flags, mode_t permissions)
{
    do
        m_descriptor = ::open(path.c_str(), flags | O_CLOEXEC, permissions);
    while (m_descriptor < 0 && errno == EINTR);
}

FileDescriptor::~FileDescriptor()
{
    close();
}

bool FileDescriptor::writeAll(std::string_view bytes) const
{
    while (!bytes.empty()) {
        const ssize_t written = ::write(m_descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0)
            bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

bool FileDescriptor::readAll(std::string& bytes) const
{
    struct stat info = {};
    if (::fstat(m_descriptor, &info) == 0 && info.st_size > 0)
        bytes.reserve(static_cast<std::size_t>(info.st_size));
    std::array<char, 1 << 16> chunk;
    while (true) {
        const ssize_t got = ::read(m_descriptor, chunk.data(), chunk.size());
        if (got == 0)
            return true;
        if (got < 0 && errno != EINTR)
            return false;
        if (got > 0)
            bytes.append(chunk.data(), static_cast<std::size_t>(got));
    }
}

bool FileDescriptor::flush() const
{
    return ::fsync(m_descriptor) == 0 || errno == EINVAL || errno == ENOTSUP || errno == EROFS;
}

bool FileDescriptor::close()
{
    if (m_descriptor < 0)
        return true;
    const int descriptor = m_descriptor;
    m_descriptor = -1;
    return ::close(descriptor) == 0 || errno == EINTR;
}

void flushFolder(const std::string& folder)
{
    const FileDescriptor descriptor(folder, O_RDONLY | O_DIRECTORY);
    if (descriptor.isOpen())
        static_cast<void>(descriptor.flush());
}

std::string writeFailure(int code)
{
    switch (code) {
    case ENOENT:
        return "its folder does not exist; make it or choose another place";
    case ENOTDIR:
        return "a part of its path is a file, not a folder; choose another place";
    case EISDIR:
        return "it is a folder; give the name of a file";
    case EACCES:
    case EPERM:
        return "no permission to write there; choose another place";
    case EROFS:
        return "the disk is read-only; choose another place";
    case ENOSPC:
    case EDQUOT:
        return "no space is left on the disk; free some or choose another place";
    case EFBIG:
        return "a file of that size is not allowed there; choose another place";
    case ENAMETOOLONG:
        return "its name is too long; choose a shorter one";
    default:
        return std::generic_category().message(code);
    }
}

} // namespace lathe
