#include "core/base/mapped_file.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <fmt/format.h>

#include "core/base/file_descriptor.h"
#include "core/base/files.h"

namespace lathe {

namespace {

/// A process that looks at a mapped page of a file that another has cut short meanwhile is ended by the system
/// (SIGBUS). So files that memory holds with ease are copied; only for others would that cost more than it saves.
constexpr std::int64_t kLeastMapped = 64 << 20;

tl::unexpected<Error> cannotRead(const std::filesystem::path& path, const std::string& reason)
{
    return fail(ErrorCode::InputOutput, fmt::format("{} could not be read: {}.", path.string(), reason));
}

MappedFile inMemory(std::string read)
{
    const auto text = std::make_shared<const std::string>(std::move(read));
    return {std::shared_ptr<const std::byte>(text, reinterpret_cast<const std::byte*>(text->data())), text->size()};
}

Result<MappedFile> mapped(const std::filesystem::path& path)
{
    const FileDescriptor file(path.string(), O_RDONLY);
    struct stat status {};
    if (!file.isOpen() || fstat(file.get(), &status) != 0)
        return cannotRead(path, std::strerror(errno));
    const auto size = static_cast<std::uint64_t>(status.st_size);
    void* at = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (at == MAP_FAILED)
        return cannotRead(path, std::strerror(errno));
    const auto unmap = [size](const std::byte* p) { munmap(const_cast<std::byte*>(p), size); };
    return MappedFile{std::shared_ptr<const std::byte>(static_cast<const std::byte*>(at), unmap), size};
}

} // namespace

Result<MappedFile> mapFile(const std::filesystem::path& path)
{
    struct stat status {};
    const bool exists = stat(path.c_str(), &status) == 0;
    if (exists && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
        return cannotRead(path, "it is not a file");
    if (exists && S_ISREG(status.st_mode) && status.st_size >= kLeastMapped)
        return mapped(path);
    return readFile(path).map(inMemory);
}

} // namespace lathe
