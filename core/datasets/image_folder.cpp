#include "core/datasets/image_folder.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <stb_image.h>
#if __has_include(<stb_image_resize2.h>)
#include <stb_image_resize2.h>
#else
#include <stb_image_resize.h>
#endif

#include "core/analysis/significant.h"
#include "core/base/files.h"
#include "core/base/random_stream.h"
#include "core/base/words.h"
#include "core/benchmark/environment.h"

namespace lathe {

namespace {

namespace fs = std::filesystem;

constexpr int kMostPixels = 224; ///< a side, that the usual networks take
constexpr std::size_t kTestEvery = 5;
constexpr std::uint64_t kSplitSeed = 1;

struct Labelled {
    fs::path file;
    std::int64_t label = 0;
};

struct Found {
    std::vector<std::string> classNames;
    std::vector<Labelled> train;
    std::vector<Labelled> test;
};

bool isImage(const fs::path& file)
{
    std::string ending = file.extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    constexpr std::string_view all[] = {".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".pgm"};
    return std::find(std::begin(all), std::end(all), ending) != std::end(all);
}

/// Their names, in order; hidden ones aside.
std::vector<std::string> foldersIn(const fs::path& folder)
{
    std::vector<std::string> names;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored))
        if (entry.is_directory(ignored) && !entry.path().filename().string().starts_with("."))
            names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<Labelled> imagesIn(const fs::path& folder, const std::vector<std::string>& classNames)
{
    std::vector<Labelled> images;
    for (std::size_t label = 0; label < classNames.size(); ++label) {
        std::vector<fs::path> files;
        std::error_code ignored;
        for (const auto& entry : fs::directory_iterator(folder / classNames[label], ignored))
            if (entry.is_regular_file(ignored) && isImage(entry.path()))
                files.push_back(entry.path());
        std::sort(files.begin(), files.end()); // directories have no order of their own
        for (fs::path& file : files)
            images.push_back({std::move(file), static_cast<std::int64_t>(label)});
    }
    return images;
}

/// Of each class every fifth by itself, so that all are in both parts.
void splitByClass(const std::vector<Labelled>& images, Found& found)
{
    for (std::size_t label = 0; label < found.classNames.size(); ++label) {
        std::vector<Labelled> mine;
        for (const Labelled& image : images)
            if (image.label == static_cast<std::int64_t>(label))
                mine.push_back(image);
        RandomStream random(kSplitSeed + label);
        for (std::size_t i = mine.size(); i > 1; --i)
            std::swap(mine[i - 1], mine[static_cast<std::size_t>(random.below(i))]);
        for (std::size_t i = 0; i < mine.size(); ++i)
            (i % kTestEvery == 0 && mine.size() > 1 ? found.test : found.train).push_back(mine[i]);
    }
}

std::vector<std::string> classesWithout(const std::vector<Labelled>& images, const std::vector<std::string>& classNames)
{
    std::vector<std::string> missing;
    for (std::size_t label = 0; label < classNames.size(); ++label)
        if (std::none_of(images.begin(), images.end(),
                         [&](const Labelled& i) { return i.label == static_cast<std::int64_t>(label); }))
            missing.push_back(classNames[label]);
    return missing;
}

Result<Found> look(const fs::path& folder)
{
    Found found;
    const bool hasParts = isFolder(folder / "train") && isFolder(folder / "test");
    found.classNames = foldersIn(hasParts ? folder / "train" : folder);
    if (found.classNames.size() < 2)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} holds no folders of images by class; it should have one for each class, or train "
                                "and test with one for each class in them.",
                                folder.string()));
    if (hasParts) {
        found.train = imagesIn(folder / "train", found.classNames);
        found.test = imagesIn(folder / "test", found.classNames);
    } else {
        splitByClass(imagesIn(folder, found.classNames), found);
    }
    for (const auto* part : {&found.train, &found.test})
        if (const auto missing = classesWithout(*part, found.classNames); !missing.empty())
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("{} has no {} images of {}; a class needs at least one of each (PNG, JPEG, BMP or "
                                    "PNM), without test folders two.",
                                    folder.string(), part == &found.train ? "training" : "test", listText(missing, 3)));
    return found;
}

/// What all images become.
struct Form {
    int width = 0;
    int height = 0;
    int channels = 1;
    bool keepsSize = true; ///< all have it already
};

tl::unexpected<Error> unreadable(const fs::path& file)
{
    const char* reason = stbi_failure_reason();
    return fail(ErrorCode::BadFile, fmt::format("{} cannot be read as an image ({}); mend it or take it away.",
                                                file.string(), reason != nullptr ? reason : "no reason given"));
}

Result<Form> formOf(const Found& found)
{
    Form form;
    int least = kMostPixels;
    for (const auto* part : {&found.train, &found.test})
        for (const Labelled& image : *part) {
            int width = 0, height = 0, channels = 0;
            if (stbi_info(image.file.c_str(), &width, &height, &channels) == 0)
                return unreadable(image.file);
            if (form.width == 0) {
                form.width = width;
                form.height = height;
            }
            form.keepsSize = form.keepsSize && width == form.width && height == form.height;
            form.channels = std::max(form.channels, channels >= 3 ? 3 : 1);
            least = std::min({least, width, height});
        }
    form.keepsSize = form.keepsSize && form.width <= kMostPixels && form.height <= kMostPixels;
    if (!form.keepsSize)
        form.width = form.height = least;
    return form;
}

Result<void> checkMemory(const Form& form, std::size_t images)
{
    const double bytes = static_cast<double>(images) * form.width * form.height * form.channels;
    const auto available = static_cast<double>(availableMemoryBytes());
    if (bytes <= 0.5 * available)
        return {};
    return fail(ErrorCode::OutOfMemory,
                fmt::format("{} images would take {} of memory, and {} can be had; take fewer or smaller ones.", images,
                            formatBytes(bytes), formatBytes(available)));
}

using Pixels = std::unique_ptr<stbi_uc, void (*)(void*)>;

void resize(const stbi_uc* from, int side, int stride, stbi_uc* to, const Form& form)
{
#if __has_include(<stb_image_resize2.h>)
    stbir_resize_uint8_linear(from, side, side, stride, to, form.width, form.height, 0,
                              static_cast<stbir_pixel_layout>(form.channels));
#else
    stbir_resize_uint8(from, side, side, stride, to, form.width, form.height, 0, form.channels);
#endif
}

/// Into `planes`, C x H x W.
Result<void> readInto(const fs::path& file, const Form& form, std::uint8_t* planes)
{
    int width = 0, height = 0, channels = 0;
    const Pixels pixels(stbi_load(file.c_str(), &width, &height, &channels, form.channels), stbi_image_free);
    if (!pixels)
        return unreadable(file);
    std::vector<stbi_uc> resized;
    const stbi_uc* source = pixels.get();
    if (!form.keepsSize) {
        const int side = std::min(width, height);
        const int stride = width * form.channels;
        resized.resize(static_cast<std::size_t>(form.width) * static_cast<std::size_t>(form.height) *
                       static_cast<std::size_t>(form.channels));
        resize(source + (height - side) / 2 * stride + (width - side) / 2 * form.channels, side, stride, resized.data(),
               form);
        source = resized.data();
    }
    const auto area = static_cast<std::size_t>(form.width) * static_cast<std::size_t>(form.height);
    const auto depth = static_cast<std::size_t>(form.channels);
    for (std::size_t pixel = 0; pixel < area; ++pixel)
        for (std::size_t channel = 0; channel < depth; ++channel)
            planes[channel * area + pixel] = source[pixel * depth + channel];
    return {};
}

Result<ImageSet> read(const std::vector<Labelled>& images, const Form& form)
{
    const WritableTensor tensor =
        makeTensor(DType::UInt8, {static_cast<std::int64_t>(images.size()), form.channels, form.height, form.width});
    ImageSet set{tensor.tensor, {}};
    const std::int64_t bytes = static_cast<std::int64_t>(form.channels) * form.height * form.width;
    auto* next = reinterpret_cast<std::uint8_t*>(tensor.bytes);
    for (const Labelled& image : images) {
        if (const auto done = readInto(image.file, form, next); !done)
            return tl::unexpected(done.error());
        set.labels.push_back(image.label);
        next += bytes;
    }
    return set;
}

} // namespace

Result<Shape> imageFolderShape(const fs::path& folder)
{
    return look(folder).and_then(formOf).map([](const Form& form) {
        return Shape{form.channels, form.height, form.width};
    });
}

Result<Dataset> loadImageFolder(const fs::path& folder)
{
    const Result<Found> found = look(folder);
    if (!found)
        return tl::unexpected(found.error());
    const Result<Form> form = formOf(*found);
    if (!form)
        return tl::unexpected(form.error());
    if (const auto room = checkMemory(*form, found->train.size() + found->test.size()); !room)
        return tl::unexpected(room.error());
    Result<ImageSet> train = read(found->train, *form);
    if (!train)
        return tl::unexpected(train.error());
    return read(found->test, *form).map([&](ImageSet test) {
        Normalisation normalisation = normalisationOf(*train);
        const fs::path name = folder.lexically_normal();
        std::vector<std::string> classNames; // names of folders are bytes; these go into JSON
        for (const std::string& className : found->classNames)
            classNames.push_back(printable(className));
        return Dataset{printable((name.has_filename() ? name : name.parent_path()).filename().string()),
                       std::move(classNames), std::move(normalisation), *std::move(train), std::move(test)};
    });
}

} // namespace lathe
