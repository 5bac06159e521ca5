#include "core/datasets/dataset_name.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include <fmt/format.h>

#include "core/base/files.h"
#include "core/datasets/cifar10.h"
#include "core/datasets/idx.h"
#include "core/datasets/image_folder.h"

namespace lathe {

namespace {

constexpr const char* kFashionMnist = "fashion-mnist";
constexpr const char* kCifar10 = "cifar10";
constexpr const char* kFolder = "folder";
constexpr const char* kSynthetic = "synthetic";
constexpr const char* kDebiansFolder = "/usr/share/datasets/fashion-mnist";

bool isNumber(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Takes ":N" off the end of `rest`.
Result<std::int64_t> takeSamples(std::string_view& rest, std::string_view text)
{
    const std::size_t colon = rest.rfind(':');
    const std::string_view last = colon == std::string_view::npos ? rest : rest.substr(colon + 1);
    if (!isNumber(last))
        return 0;
    std::int64_t samples = 0;
    const auto [end, error] = std::from_chars(last.data(), last.data() + last.size(), samples);
    if (error != std::errc() || samples < 1)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("\"{}\" asks for {} samples; write a number from 1 on.", text, last));
    rest = colon == std::string_view::npos ? std::string_view() : rest.substr(0, colon);
    return samples;
}

Result<void> check(const DatasetName& name, std::string_view text)
{
    if (name.kind != kFashionMnist && name.kind != kCifar10 && name.kind != kFolder && name.kind != kSynthetic)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("There is no dataset \"{}\"; write {}.", text, datasetKinds()));
    if (name.kind == kCifar10 && name.folder.empty())
        return fail(ErrorCode::InvalidArgument, "The folder of CIFAR-10's binary files is missing; write cifar10:DIR.");
    if (name.kind == kFolder && name.folder.empty())
        return fail(ErrorCode::InvalidArgument, "The folder with images by class is missing; write folder:DIR.");
    if (name.isSynthetic() && !name.folder.empty())
        return fail(
            ErrorCode::InvalidArgument,
            fmt::format("\"{}\" names a folder, and synthetic images are read from none; write synthetic.", text));
    return {};
}

Result<void> checkFolder(const std::string& kind, const std::string& folder)
{
    if (isFolder(folder))
        return {};
    if (kind == kFolder)
        return fail(ErrorCode::NotFound,
                    fmt::format("There is no folder {}; name the one with the images by class.", folder));
    if (kind == kCifar10)
        return fail(ErrorCode::NotFound,
                    fmt::format("There is no folder {}; name the one with CIFAR-10's binary files.", folder));
    return fail(ErrorCode::NotFound, fmt::format("There is no folder {}; name the one with the dataset's files, or "
                                                 "install Debian's package dataset-fashion-mnist.",
                                                 folder));
}

} // namespace

bool DatasetName::isSynthetic() const
{
    return kind == kSynthetic;
}

Result<DatasetName> datasetFromText(std::string_view text)
{
    const std::size_t colon = text.find(':');
    DatasetName name{std::string(text.substr(0, colon)), {}, 0};
    std::string_view rest = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
    const Result<std::int64_t> samples = takeSamples(rest, text);
    if (!samples)
        return tl::unexpected(samples.error());
    name.samples = *samples;
    name.folder = rest;
    return check(name, text).map([&] { return name; });
}

std::string datasetKinds()
{
    return "fashion-mnist[:DIR], cifar10:DIR, folder:DIR (of images by class) or synthetic";
}

bool isInUsualFolder(std::string_view kind)
{
    return kind == kFashionMnist && isFolder(kDebiansFolder);
}

Result<Dataset> loadDataset(const DatasetName& name, const SyntheticOptions& synthetic)
{
    if (name.isSynthetic())
        return synthesise(synthetic);
    const std::string folder = name.folder.empty() ? kDebiansFolder : name.folder;
    return checkFolder(name.kind, folder).and_then([&] {
        if (name.kind == kFolder)
            return loadImageFolder(folder);
        return name.kind == kCifar10 ? loadCifar10(folder) : loadFashionMnist(folder);
    });
}

Result<DatasetName> whole(const DatasetName& name)
{
    if (name.samples == 0)
        return name;
    return fail(ErrorCode::InvalidArgument,
                fmt::format("The whole dataset is used here; leave \":{}\" out (a folder named by digits is written "
                            "./{}).",
                            name.samples, name.samples));
}

} // namespace lathe
