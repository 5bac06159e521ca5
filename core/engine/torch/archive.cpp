#include "core/engine/torch/archive.h"

#include <algorithm>
#include <cctype>
#include <cstring>

#include <caffe2/serialize/inline_container.h>

namespace lathe::engine {

namespace {

/// The archive in memory, as LibTorch's reader wants to be handed it.
class Memory : public caffe2::serialize::ReadAdapterInterface {
public:
    explicit Memory(std::string_view bytes) : m_bytes(bytes) {}

    std::size_t size() const override { return m_bytes.size(); }
    std::size_t read(std::uint64_t at, void* to, std::size_t count, const char*) const override
    {
        const std::size_t begin = std::min<std::size_t>(at, m_bytes.size());
        const std::size_t read = std::min(count, m_bytes.size() - begin);
        std::memcpy(to, m_bytes.data() + begin, read);
        return read;
    }

private:
    std::string_view m_bytes;
};

template <class T> T numberAt(std::string_view bytes, std::size_t at)
{
    T number{};
    if (at <= bytes.size() && bytes.size() - at >= sizeof number)
        std::memcpy(&number, bytes.data() + at, sizeof number);
    return number;
}

bool isReadOnOpening(std::string_view name)
{
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
    return lower.ends_with("version") || lower.ends_with("serialization_id");
}

/// LibTorch reads two records when it opens an archive, and takes memory for the sizes that the zip's directory says
/// before it looks whether there is so much. So each entry that could be one of them is looked at first (entries of
/// the directory begin with "PK\1\2"; APPNOTE.TXT of the zip format, section 4.3.12).
bool claimsTooMuch(std::string_view archive)
{
    constexpr std::string_view kEntry = "PK\1\2";
    constexpr std::size_t kSizeAt = 24, kNameLengthAt = 28, kNameAt = 46;
    for (std::size_t at = archive.find(kEntry); at != std::string_view::npos; at = archive.find(kEntry, at + 1)) {
        const std::string_view entry = archive.substr(at);
        const std::size_t nameLength = numberAt<std::uint16_t>(entry, kNameLengthAt);
        if (entry.size() < kNameAt || !isReadOnOpening(entry.substr(kNameAt, nameLength)))
            continue;
        if (numberAt<std::uint32_t>(entry, kSizeAt) > archive.size())
            return true;
    }
    return false;
}

bool isCompressed(std::string_view archive, std::size_t headerOffset)
{
    constexpr std::size_t kMethodAt = 8;
    return numberAt<std::uint16_t>(archive, headerOffset + kMethodAt) != 0;
}

} // namespace

Result<std::vector<ArchiveRecord>> archiveRecords(std::string_view archive)
{
    const auto damaged = [] {
        return fail(ErrorCode::BadFile, "It is a damaged zip archive: copy or download it again.");
    };
    if (claimsTooMuch(archive))
        return damaged();
    caffe2::serialize::PyTorchStreamReader reader(std::make_shared<Memory>(archive));
    std::vector<ArchiveRecord> records;
    for (const std::string& name : reader.getAllRecords()) {
        const ArchiveRecord record{name, reader.getRecordOffset(name), reader.getRecordSize(name),
                                   isCompressed(archive, reader.getRecordHeaderOffset(name))};
        if (!record.isCompressed && (record.offset > archive.size() || record.size > archive.size() - record.offset))
            return damaged();
        records.push_back(record);
    }
    return records;
}

Result<void> writeArchive(const std::vector<ArchiveEntry>& entries, const std::function<bool(std::string_view)>& write)
{
    bool isWritten = true;
    const auto put = [&](const void* bytes, std::size_t count) -> std::size_t {
        isWritten = isWritten && write({static_cast<const char*>(bytes), count});
        return count; // so that LibTorch's writer comes to its end, which its destructor insists on
    };
    {
        caffe2::serialize::PyTorchStreamWriter writer(put);
        for (const ArchiveEntry& entry : entries)
            writer.writeRecord(entry.name, entry.bytes.data(), entry.bytes.size());
        writer.writeEndOfFile();
    }
    if (!isWritten)
        return fail(ErrorCode::BadFile, "The archive could not be written: is there room on the disk?");
    return {};
}

} // namespace lathe::engine
