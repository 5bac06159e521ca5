#include "core/datasets/cifar10.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include <fmt/format.h>

#include "core/base/files.h"
#include "core/base/mapped_file.h"

namespace lathe {

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kImageBytes = 3 * 32 * 32;
constexpr std::int64_t kRecordBytes = 1 + kImageBytes;
constexpr const char* kUsualFolder = "cifar-10-batches-bin";

const std::vector<std::string>& classNames()
{
    static const std::vector<std::string> names{"airplane", "automobile", "bird",  "cat",  "deer",
                                                "dog",      "frog",       "horse", "ship", "truck"};
    return names;
}

tl::unexpected<Error> missing(const fs::path& folder, const std::string& file)
{
    const bool isPython = isThere(folder / fs::path(file).stem());
    return fail(ErrorCode::NotFound,
                fmt::format("{} lacks {}{}; unpack CIFAR-10's binary version there (cifar-10-binary.tar.gz).",
                            folder.string(), file, isPython ? " (what lies there is the Python version)" : ""));
}

Result<MappedFile> openBatch(const fs::path& folder, const std::string& name)
{
    const fs::path path = folder / name;
    if (!isThere(path))
        return missing(folder, name);
    Result<MappedFile> file = mapFile(path);
    if (file && (file->size == 0 || file->size % kRecordBytes != 0))
        return fail(ErrorCode::BadFile,
                    fmt::format("{} has {} bytes, which is no whole number of CIFAR-10's records of {}; copy or "
                                "download it again.",
                                path.string(), file->size, kRecordBytes));
    return file;
}

Result<void> append(const MappedFile& file, const fs::path& path, std::byte* pixels, std::vector<std::int64_t>& labels)
{
    for (std::uint64_t at = 0; at < file.size; at += kRecordBytes) {
        const auto label = std::to_integer<std::int64_t>(file.bytes.get()[at]);
        if (label >= static_cast<std::int64_t>(classNames().size()))
            return fail(ErrorCode::BadFile,
                        fmt::format("{} has a label {} in record {}, and CIFAR-10 has the classes 0 to 9; copy or "
                                    "download it again.",
                                    path.string(), label, at / kRecordBytes));
        labels.push_back(label);
        std::memcpy(pixels, file.bytes.get() + at + 1, kImageBytes);
        pixels += kImageBytes;
    }
    return {};
}

Result<ImageSet> readBatches(const fs::path& folder, const std::vector<std::string>& names)
{
    std::vector<MappedFile> files;
    std::int64_t count = 0;
    for (const std::string& name : names) {
        Result<MappedFile> file = openBatch(folder, name);
        if (!file)
            return tl::unexpected(file.error());
        count += static_cast<std::int64_t>(file->size) / kRecordBytes;
        files.push_back(*std::move(file));
    }
    const WritableTensor images = makeTensor(DType::UInt8, {count, 3, 32, 32});
    ImageSet set{images.tensor, {}};
    for (std::size_t i = 0; i < files.size(); ++i)
        if (const auto appended =
                append(files[i], folder / names[i], images.bytes + set.count() * kImageBytes, set.labels);
            !appended)
            return tl::unexpected(appended.error());
    return set;
}

} // namespace

Result<Dataset> loadCifar10(const fs::path& folder)
{
    const fs::path inside = folder / kUsualFolder;
    const fs::path& home = isFolder(inside) ? inside : folder;
    Result<ImageSet> train = readBatches(
        home, {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"});
    if (!train)
        return tl::unexpected(train.error());
    Result<ImageSet> test = readBatches(home, {"test_batch.bin"});
    if (!test)
        return tl::unexpected(test.error());
    const Normalisation normalisation = normalisationOf(*train);
    return Dataset{"cifar10", classNames(), normalisation, *std::move(train), *std::move(test)};
}

} // namespace lathe
