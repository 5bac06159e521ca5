#include "core/datasets/idx.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "core/base/files.h"
#include "core/datasets/unpacked_file.h"

namespace lathe {

namespace {

namespace fs = std::filesystem;

constexpr std::byte kUnsignedBytes{8};
constexpr std::uint64_t kMostElements = std::uint64_t{1} << 40; ///< far beyond any memory; keeps products in 64 bits
constexpr std::int64_t kLargestImage = 16384;                   ///< pixels, as for every architecture

const std::vector<std::string>& classNames()
{
    static const std::vector<std::string> names{"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                                "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
    return names;
}

tl::unexpected<Error> bad(const fs::path& path, const std::string& what)
{
    return fail(ErrorCode::BadFile, fmt::format("{} {}; copy or download it again.", path.string(), what));
}

struct IdxArray {
    Shape extents;
    std::shared_ptr<const std::byte> elements;
};

std::uint64_t headerBytes(std::size_t rank)
{
    return 4 + 4 * rank;
}

std::int64_t bigEndian(const std::byte* bytes)
{
    std::int64_t value = 0;
    for (int i = 0; i < 4; ++i)
        value = value << 8 | std::to_integer<std::int64_t>(bytes[i]);
    return value;
}

/// `what`: "images" or "labels".
Result<Shape> readHeader(const fs::path& path, std::size_t rank, std::string_view what)
{
    const auto bytes = readUnpacked(path, headerBytes(rank));
    if (!bytes)
        return tl::unexpected(bytes.error());
    const std::array<std::byte, 4> magic{std::byte{0}, std::byte{0}, kUnsignedBytes, static_cast<std::byte>(rank)};
    if (bytes->size() < magic.size() || !std::equal(magic.begin(), magic.end(), bytes->begin()))
        return bad(path, fmt::format("is no IDX file of {} (it does not begin with 0, 0, 8, {})", what, rank));
    if (bytes->size() < headerBytes(rank))
        return bad(path, "ends within its header");
    Shape extents;
    for (std::size_t i = 0; i < rank; ++i)
        extents.push_back(bigEndian(bytes->data() + headerBytes(i)));
    return extents;
}

bool isPlausible(const Shape& extents)
{
    std::uint64_t elements = 1;
    for (const std::int64_t extent : extents) {
        if (extent < 1 || elements > kMostElements / static_cast<std::uint64_t>(extent))
            return false;
        elements *= static_cast<std::uint64_t>(extent);
    }
    return std::all_of(extents.begin() + 1, extents.end(), [](std::int64_t e) { return e <= kLargestImage; });
}

Result<IdxArray> readArray(const fs::path& path, std::size_t rank, std::string_view what)
{
    const Result<Shape> extents = readHeader(path, rank, what);
    if (!extents)
        return tl::unexpected(extents.error());
    if (!isPlausible(*extents))
        return bad(path, fmt::format("cannot hold {} of {}", what, toString(*extents)));
    const std::uint64_t expected = headerBytes(rank) + static_cast<std::uint64_t>(elementCount(*extents));
    const Result<std::uint64_t> possible = mostUnpackedBytes(path);
    if (!possible)
        return tl::unexpected(possible.error());
    if (*possible < expected) // and nothing is allocated for what a damaged header asks for
        return bad(path, fmt::format("is truncated: {} {} take {} bytes", toString(*extents), what, expected));
    auto bytes = readUnpacked(path, expected + 1);
    if (!bytes)
        return tl::unexpected(bytes.error());
    if (bytes->size() != expected)
        return bad(path,
                   fmt::format("{}: {} {} take {} bytes", bytes->size() < expected ? "is truncated" : "is too long",
                               toString(*extents), what, expected));
    const auto owner = std::make_shared<const std::vector<std::byte>>(*std::move(bytes));
    return IdxArray{*extents, {owner, owner->data() + headerBytes(rank)}};
}

Result<std::vector<std::int64_t>> checkedLabels(const IdxArray& array, const fs::path& path, std::int64_t classes)
{
    std::vector<std::int64_t> labels;
    labels.reserve(static_cast<std::size_t>(array.extents[0]));
    for (std::int64_t i = 0; i < array.extents[0]; ++i)
        labels.push_back(std::to_integer<std::int64_t>(array.elements.get()[i]));
    const auto largest = std::max_element(labels.begin(), labels.end());
    if (*largest >= classes)
        return fail(ErrorCode::BadFile,
                    fmt::format("{} has a label {}, and there are only {} classes (0 to {}); take files of a dataset "
                                "with {} classes.",
                                path.string(), *largest, classes, classes - 1, classes));
    return labels;
}

/// The file under the names that it is spread with; empty where there is none.
fs::path findFile(const fs::path& folder, const std::string& part, const std::string& kind)
{
    for (const char* joint : {"-", "."})
        for (const char* ending : {"", ".gz"})
            if (const fs::path path = folder / (part + joint + kind + ending); isThere(path))
                return path;
    return {};
}

struct Files {
    fs::path images;
    fs::path labels;
};

Result<Files> findFiles(const fs::path& folder, const std::string& part)
{
    const Files files{findFile(folder, part + "-images", "idx3-ubyte"),
                      findFile(folder, part + "-labels", "idx1-ubyte")};
    if (!files.images.empty() && !files.labels.empty())
        return files;
    return fail(ErrorCode::NotFound,
                fmt::format("{} lacks {}-{} (with or without .gz); install Debian's package dataset-fashion-mnist, or "
                            "name a folder with Fashion-MNIST's four IDX files.",
                            folder.string(), part, files.images.empty() ? "images-idx3-ubyte" : "labels-idx1-ubyte"));
}

Result<ImageSet> readPart(const fs::path& folder, const std::string& part)
{
    return findFiles(folder, part).and_then([](const Files& files) {
        return readIdx(files.images, files.labels, static_cast<std::int64_t>(classNames().size()));
    });
}

} // namespace

Result<ImageSet> readIdx(const fs::path& images, const fs::path& labels, std::int64_t classes)
{
    const Result<IdxArray> pixels = readArray(images, 3, "images");
    if (!pixels)
        return tl::unexpected(pixels.error());
    const Result<IdxArray> classIds = readArray(labels, 1, "labels");
    if (!classIds)
        return tl::unexpected(classIds.error());
    if (classIds->extents[0] != pixels->extents[0])
        return fail(ErrorCode::BadFile,
                    fmt::format("{} has {} images and {} has {} labels; take two files that belong together.",
                                images.string(), pixels->extents[0], labels.string(), classIds->extents[0]));
    return checkedLabels(*classIds, labels, classes).map([&](std::vector<std::int64_t> checked) {
        const Shape& e = pixels->extents;
        return ImageSet{{DType::UInt8, {e[0], 1, e[1], e[2]}, pixels->elements}, std::move(checked)};
    });
}

Result<Dataset> loadFashionMnist(const fs::path& folder)
{
    Result<ImageSet> train = readPart(folder, "train");
    if (!train)
        return tl::unexpected(train.error());
    Result<ImageSet> test = readPart(folder, "t10k");
    if (!test)
        return tl::unexpected(test.error());
    if (!std::equal(train->images.shape.begin() + 1, train->images.shape.end(), test->images.shape.begin() + 1))
        return fail(ErrorCode::BadFile,
                    fmt::format("The training images of {} and its test images are of unlike sizes; take four files "
                                "that belong together.",
                                folder.string()));
    const Normalisation normalisation = normalisationOf(*train);
    return Dataset{"fashion-mnist", classNames(), normalisation, *std::move(train), *std::move(test)};
}

} // namespace lathe
