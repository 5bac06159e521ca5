#include "core/formats/stored_size.h"

#include <array>
#include <random>

#include <fmt/format.h>
#include <zlib.h>

#include "core/base/mapped_file.h"

namespace lathe {

namespace {

namespace fs = std::filesystem;

constexpr int kGzip = 16 + MAX_WBITS; ///< zlib's sign for a gzip header
constexpr int kMemoryLevel = 8;
constexpr std::size_t kPiece = std::size_t{1} << 20;

/// A name that nobody else has; the file goes with it.
class TemporaryFile {
public:
    TemporaryFile()
    {
        std::random_device device;
        std::error_code error;
        m_path = fs::temp_directory_path(error) / fmt::format("lathe-{:08x}{:08x}.safetensors", device(), device());
    }
    ~TemporaryFile()
    {
        std::error_code ignored;
        fs::remove(m_path, ignored);
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    const fs::path& path() const { return m_path; }

private:
    fs::path m_path;
};

} // namespace

std::int64_t gzipSize(std::string_view bytes)
{
    z_stream stream{};
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK)
        return 0;
    std::vector<Bytef> out(kPiece);
    std::int64_t total = 0;
    int state = Z_OK;
    while (state != Z_STREAM_END) {
        if (stream.avail_in == 0 && !bytes.empty()) {
            const std::string_view piece = bytes.substr(0, kPiece);
            stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data())); // zlib does not write there
            stream.avail_in = static_cast<uInt>(piece.size());
            bytes.remove_prefix(piece.size());
        }
        stream.next_out = out.data();
        stream.avail_out = static_cast<uInt>(out.size());
        state = deflate(&stream, bytes.empty() ? Z_FINISH : Z_NO_FLUSH);
        total += static_cast<std::int64_t>(out.size() - stream.avail_out);
    }
    deflateEnd(&stream);
    return total;
}

Result<StoredSize> storedSize(const LoadedModel& model)
{
    const TemporaryFile file;
    if (const auto written = saveModel(file.path(), model); !written)
        return tl::unexpected(written.error());
    return mapFile(file.path()).map([](const MappedFile& mapped) {
        return StoredSize{static_cast<std::int64_t>(mapped.size), gzipSize(mapped.text())};
    });
}

} // namespace lathe
