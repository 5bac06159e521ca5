#include "core/base/temporary_file.h"

#include <random>

#include <fmt/format.h>

namespace lathe {

TemporaryFile::TemporaryFile(std::string_view extension)
{
    std::random_device device;
    std::error_code error;
    m_path = std::filesystem::temp_directory_path(error) /
             fmt::format("lathe-{:08x}{:08x}{}", device(), device(), extension);
}

TemporaryFile::~TemporaryFile()
{
    std::error_code ignored;
    std::filesystem::remove(m_path, ignored);
}

} // namespace lathe
