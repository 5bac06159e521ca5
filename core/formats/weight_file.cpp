#include "core/formats/weight_file.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "core/base/mapped_file.h"
#include "core/engine/backend.h"
#include "core/formats/safetensors.h"
#include "core/formats/torch_file.h"

namespace lathe {

namespace {

/// What a program put before every name: DataParallel, torch.compile, PyTorch Lightning.
constexpr std::array<std::string_view, 3> kPrefixes{"module.", "_orig_mod.", "model."};

/// Beside them in a moving average of torch.optim.swa_utils.
constexpr std::string_view kAverageCount = "n_averaged";

/// The number 0x1950a86a20f9469cfc6c, pickled.
constexpr std::string_view kLegacyMagic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
constexpr std::string_view kZipMagic = "PK\3\4";

/// Files that are met in the place of weights, by how they begin.
struct Foreign {
    std::string_view beginning;
    std::string_view sentence; ///< follows the file's name
};
constexpr std::array kForeign = {
    Foreign{"version https://git-lfs", "is a Git LFS pointer, not the weights: fetch them with git lfs pull"},
    Foreign{"<", "is a web page, not the weights: download the file itself"},
    Foreign{"\x1f\x8b", "is compressed with gzip: unpack it first"},
    Foreign{"\x89HDF", "is an HDF5 file of Keras; Lathe reads safetensors and torch.save's files"},
    Foreign{"\x80\x02", "is a plain Python pickle; save the tensors with torch.save or as safetensors"},
    Foreign{"\x80\x03", "is a plain Python pickle; save the tensors with torch.save or as safetensors"},
    Foreign{"\x80\x04", "is a plain Python pickle; save the tensors with torch.save or as safetensors"},
    Foreign{"\x80\x05", "is a plain Python pickle; save the tensors with torch.save or as safetensors"},
};
constexpr std::size_t kTarMagicAt = 257;

using Records = std::vector<ArchiveRecord>;

Result<Records> recordsOf(const std::filesystem::path& path, const MappedFile& file)
{
    const Result<Backend*> backend = loadBackend();
    if (!backend)
        return tl::unexpected(backend.error());
    auto records = (*backend)->archiveRecords(file.text());
    if (!records)
        return fail(records.error().code, fmt::format("{}: {}", path.string(), records.error().message));
    return records;
}

bool isScript(const Records& records)
{
    return std::any_of(records.begin(), records.end(),
                       [](const ArchiveRecord& record) { return record.name == "constants.pkl"; });
}

bool isCompressed(const Records& records)
{
    return std::any_of(records.begin(), records.end(), [](const ArchiveRecord& record) { return record.isCompressed; });
}

TorchArchive archiveOf(const MappedFile& file, const Records& records)
{
    TorchArchive archive{file.bytes, file.size, {}};
    for (const ArchiveRecord& record : records)
        archive.records.emplace(record.name, file.text().substr(record.offset, record.size));
    return archive;
}

/// A length of eight bytes, of which no file needs the last two, and JSON.
bool beginsAsSafetensors(std::string_view text)
{
    constexpr std::size_t kLengthBytes = 8;
    return text.size() > kLengthBytes && text[kLengthBytes] == '{' && text[kLengthBytes - 1] == '\0' &&
           text[kLengthBytes - 2] == '\0';
}

bool beginsAsJson(std::string_view text)
{
    const auto first =
        std::find_if(text.begin(), text.end(), [](char c) { return std::isspace(static_cast<unsigned char>(c)) == 0; });
    return first != text.end() && *first == '{';
}

/// All but what is inside a zip archive.
FileKind kindOf(std::string_view text)
{
    if (text.starts_with(kZipMagic))
        return FileKind::TorchZip;
    if (text.starts_with(kLegacyMagic))
        return FileKind::LegacyTorch;
    if (beginsAsSafetensors(text))
        return FileKind::Safetensors;
    return beginsAsJson(text) ? FileKind::Json : FileKind::Other;
}

tl::unexpected<Error> refuse(const std::filesystem::path& path, std::string_view what)
{
    return fail(ErrorCode::BadFile, fmt::format("{} {}.", path.string(), what));
}

Result<WeightFile> refuseOther(const std::filesystem::path& path, std::string_view text)
{
    if (text.empty())
        return refuse(path, "is empty: copy or download it again");
    for (const Foreign& foreign : kForeign)
        if (text.starts_with(foreign.beginning))
            return refuse(path, foreign.sentence);
    if (text.size() > kTarMagicAt && text.substr(kTarMagicAt).starts_with("ustar"))
        return refuse(path, "is a tar archive: unpack it and open the weights in it");
    return refuse(path, "is of no kind that is read here: save the network's state_dict() with torch.save or as "
                        "safetensors");
}

/// Takes off what all names begin with.
bool stripPrefix(StateDict& tensors, std::string_view prefix)
{
    const bool all = !tensors.empty() && std::all_of(tensors.begin(), tensors.end(), [&](const NamedTensor& t) {
        return t.name.size() > prefix.size() && t.name.starts_with(prefix);
    });
    for (NamedTensor& tensor : tensors)
        tensor.name.erase(0, all ? prefix.size() : 0);
    return all;
}

void stripPrefixes(StateDict& tensors)
{
    std::erase_if(tensors, [](const NamedTensor& t) { return t.name == kAverageCount; });
    while (std::any_of(kPrefixes.begin(), kPrefixes.end(),
                       [&](std::string_view prefix) { return stripPrefix(tensors, prefix); })) {
    }
}

Result<WeightFile> readTorch(const std::filesystem::path& path, const MappedFile& file)
{
    const Result<Records> records = recordsOf(path, file);
    if (!records)
        return tl::unexpected(records.error());
    if (isScript(*records))
        return refuse(path, "is a TorchScript archive, which holds a program as well as weights; save the weights "
                            "alone in Python: torch.save(model.state_dict(), \"weights.pth\")");
    if (isCompressed(*records))
        return refuse(path, "is a compressed zip archive, which torch.save never writes: unpack it and pack it again "
                            "without compression (zip -0)");
    Result<StateDict> tensors = readTorchArchive(archiveOf(file, *records));
    if (!tensors)
        return fail(tensors.error().code, fmt::format("{}: {}", path.string(), tensors.error().message));
    return WeightFile{*std::move(tensors), {}};
}

Result<WeightFile> readAny(const std::filesystem::path& path, const MappedFile& file)
{
    switch (kindOf(file.text())) {
    case FileKind::TorchZip:
    case FileKind::TorchScript:
        return readTorch(path, file);
    case FileKind::Safetensors:
        return readSafetensors(path).map([](SafetensorsFile read) {
            return WeightFile{std::move(read.tensors), std::move(read.metadata)};
        });
    case FileKind::LegacyTorch:
        return refuse(path, "was written by torch.save in the form from before PyTorch 1.6; load it in Python and "
                            "save it again: torch.save(torch.load(old, weights_only=True), new)");
    case FileKind::Json:
        return refuse(path, "is a JSON document and holds no weights: open the file of weights beside it");
    case FileKind::Other:
        break;
    }
    return refuseOther(path, file.text());
}

} // namespace

Result<FileKind> fileKind(const std::filesystem::path& path)
{
    const Result<MappedFile> file = mapFile(path);
    if (!file)
        return tl::unexpected(file.error());
    const FileKind kind = kindOf(file->text());
    if (kind != FileKind::TorchZip)
        return kind;
    return recordsOf(path, *file).map([](const Records& records) {
        return isScript(records) ? FileKind::TorchScript : FileKind::TorchZip;
    });
}

Result<WeightFile> readWeightFile(const std::filesystem::path& path)
{
    const Result<MappedFile> file = mapFile(path);
    if (!file)
        return tl::unexpected(file.error());
    Result<WeightFile> read = readAny(path, *file);
    if (read)
        stripPrefixes(read->tensors);
    return read;
}

} // namespace lathe
