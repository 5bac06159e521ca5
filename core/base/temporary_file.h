#pragma once

#include <filesystem>
#include <string_view>

namespace lathe {

/// A name among the system's temporary files that nobody else has; the file, where one is made, goes with it.
class TemporaryFile {
public:
    explicit TemporaryFile(std::string_view extension); ///< ".safetensors"
    ~TemporaryFile();
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    const std::filesystem::path& path() const { return m_path; }

private:
    std::filesystem::path m_path;
};

} // namespace lathe
