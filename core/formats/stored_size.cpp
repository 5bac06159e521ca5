#include "core/formats/stored_size.h"

#include <vector>

#include <zlib.h>

#include "core/base/mapped_file.h"
#include "core/base/temporary_file.h"

namespace lathe {

namespace {

constexpr int kGzip = 16 + MAX_WBITS; ///< zlib's sign for a gzip header
constexpr int kMemoryLevel = 8;
constexpr std::size_t kPiece = std::size_t{1} << 20;

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

Result<StoredSize> sizeOnDisk(const std::filesystem::path& path)
{
    return mapFile(path).map([](const MappedFile& mapped) {
        return StoredSize{static_cast<std::int64_t>(mapped.size), gzipSize(mapped.text())};
    });
}

Result<StoredSize> storedSize(const LoadedModel& model)
{
    const TemporaryFile file(".safetensors");
    return saveModel(file.path(), model).and_then([&] { return sizeOnDisk(file.path()); });
}

} // namespace lathe
