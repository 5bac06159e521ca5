#include "core/datasets/unpacked_file.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include <fmt/format.h>
#include <zlib.h>

#include "core/base/mapped_file.h"

namespace lathe {

namespace {

constexpr std::uint64_t kHighestRatio = 1032; ///< of deflate, by its format
constexpr int kGzip = 16 + MAX_WBITS;         ///< zlib's sign for a gzip header

bool isGzipped(const MappedFile& file)
{
    return file.size >= 2 && file.bytes.get()[0] == std::byte{0x1F} && file.bytes.get()[1] == std::byte{0x8B};
}

/// zlib's state, freed when it goes.
class Inflater {
public:
    Inflater() { m_isReady = inflateInit2(&m_stream, kGzip) == Z_OK; }
    ~Inflater() { inflateEnd(&m_stream); }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    /// Fills `out` as far as the stream goes and shortens it to that. False: it is damaged or ends too early.
    bool unpack(const MappedFile& file, std::vector<std::byte>& out)
    {
        constexpr std::uint64_t kPiece = std::numeric_limits<uInt>::max(); // what zlib can count
        std::uint64_t taken = 0;
        std::uint64_t made = 0;
        int status = m_isReady ? Z_OK : Z_MEM_ERROR;
        while (status == Z_OK && made < out.size()) {
            const auto available = static_cast<uInt>(std::min(kPiece, file.size - taken));
            const auto room = static_cast<uInt>(std::min<std::uint64_t>(kPiece, out.size() - made));
            m_stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(file.bytes.get() + taken));
            m_stream.avail_in = available;
            m_stream.next_out = reinterpret_cast<Bytef*>(out.data() + made);
            m_stream.avail_out = room;
            status = inflate(&m_stream, Z_NO_FLUSH);
            taken += available - m_stream.avail_in;
            made += room - m_stream.avail_out;
        }
        const bool isWhole = status == Z_STREAM_END || made == out.size();
        out.resize(made);
        return isWhole;
    }

private:
    z_stream m_stream{};
    bool m_isReady = false;
};

} // namespace

Result<std::vector<std::byte>> readUnpacked(const std::filesystem::path& path, std::uint64_t most)
{
    const Result<MappedFile> file = mapFile(path);
    if (!file)
        return tl::unexpected(file.error());
    if (!isGzipped(*file))
        return std::vector<std::byte>(file->bytes.get(), file->bytes.get() + std::min(most, file->size));
    std::vector<std::byte> out(most);
    if (!Inflater().unpack(*file, out))
        return fail(ErrorCode::BadFile,
                    fmt::format("{} is a damaged or truncated gzip file; copy or download it again.", path.string()));
    return out;
}

Result<std::uint64_t> mostUnpackedBytes(const std::filesystem::path& path)
{
    return mapFile(path).map([](const MappedFile& file) {
        constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max() / kHighestRatio;
        return isGzipped(file) ? std::min(file.size, kLargest) * kHighestRatio : file.size;
    });
}

} // namespace lathe
