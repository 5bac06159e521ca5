#include "core/base/mapped_file.h"

#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace lathe {

Result<MappedFile> mapFile(const std::filesystem::path& path)
{
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        const std::string reason = fd < 0 ? std::strerror(errno) : "it is not a file";
        if (fd >= 0)
            close(fd);
        return fail(ErrorCode::InputOutput, fmt::format("{} could not be read: {}.", path.string(), reason));
    }
    const auto size = static_cast<std::uint64_t>(status.st_size);
    void* at = size > 0 ? mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0) : nullptr;
    close(fd);
    if (at == MAP_FAILED)
        return fail(ErrorCode::InputOutput,
                    fmt::format("{} could not be read: {}.", path.string(), std::strerror(errno)));
    const auto unmap = [size](const std::byte* p) {
        if (p != nullptr)
            munmap(const_cast<std::byte*>(p), size);
    };
    return MappedFile{std::shared_ptr<const std::byte>(static_cast<const std::byte*>(at), unmap), size};
}

} // namespace lathe
