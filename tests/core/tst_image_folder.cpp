#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>

#include "core/datasets/dataset_name.h"
#include "core/datasets/image_folder.h"

using namespace Qt::StringLiterals;
using namespace lathe;
namespace fs = std::filesystem;

namespace {

using Colour = std::array<std::uint8_t, 3>;

/// A PPM of one colour, its left half black.
void writeImage(const fs::path& file, int width, int height, const Colour& colour)
{
    fs::create_directories(file.parent_path());
    std::ofstream out(file, std::ios::binary);
    out << "P6\n" << width << ' ' << height << "\n255\n";
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            for (const std::uint8_t value : colour)
                out.put(static_cast<char>(x < width / 2 ? 0 : value));
}

void writeGrey(const fs::path& file, int width, int height, std::uint8_t value)
{
    fs::create_directories(file.parent_path());
    std::ofstream out(file, std::ios::binary);
    out << "P5\n" << width << ' ' << height << "\n255\n";
    for (int i = 0; i < width * height; ++i)
        out.put(static_cast<char>(value));
}

std::uint8_t pixel(const ImageSet& set, std::int64_t image, std::int64_t channel, std::int64_t y, std::int64_t x)
{
    const Shape& shape = set.images.shape;
    const std::int64_t at = ((image * shape[1] + channel) * shape[2] + y) * shape[3] + x;
    return static_cast<std::uint8_t>(set.images.data.get()[at]);
}

constexpr Colour kRed{200, 10, 20};
constexpr Colour kBlue{10, 20, 200};

} // namespace

class TestImageFolder : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void partsOfTheirOwn()
    {
        writeImage(path("train/cat/a.ppm"), 6, 4, kRed);
        writeImage(path("train/cat/b.PPM"), 6, 4, kRed);
        writeImage(path("train/dog/a.ppm"), 6, 4, kBlue);
        writeImage(path("test/cat/a.ppm"), 6, 4, kRed);
        writeImage(path("test/dog/a.ppm"), 6, 4, kBlue);
        std::ofstream(path("train/dog/notes.txt")) << "no image";
        const auto dataset = loadImageFolder(path());
        QVERIFY2(dataset.has_value(), dataset ? "" : dataset.error().message.c_str());
        QVERIFY(dataset->classNames == (std::vector<std::string>{"cat", "dog"}));
        QVERIFY(dataset->imageShape() == (Shape{3, 4, 6}));
        QVERIFY(imageFolderShape(path()) == (Shape{3, 4, 6}));
        QVERIFY(dataset->train.labels == (std::vector<std::int64_t>{0, 0, 1}));
        QVERIFY(dataset->test.labels == (std::vector<std::int64_t>{0, 1}));
        for (std::int64_t c = 0; c < 3; ++c) {
            QCOMPARE(pixel(dataset->train, 2, c, 1, 0), 0);
            QCOMPARE(pixel(dataset->train, 2, c, 1, 5), kBlue[static_cast<std::size_t>(c)]);
        }
        QCOMPARE(dataset->name, m_folder->path().section(u'/', -1).toStdString());
    }

    /// They go into JSON, which takes UTF-8 alone.
    void namesThatAreNotUtf8AreMadeSo()
    {
        for (const char* file : {"caf\xe9/1.pgm", "caf\xe9/2.pgm", "dog/1.pgm", "dog/2.pgm"})
            writeGrey(path(file), 5, 5, 7);
        const auto dataset = loadImageFolder(path());
        QVERIFY2(dataset.has_value(), dataset ? "" : dataset.error().message.c_str());
        QVERIFY(dataset->classNames == (std::vector<std::string>{"caf?", "dog"}));
        QCOMPARE(dataset->train.count(), 2);
    }

    void aNameThatIsTooLongIsNotThere()
    {
        const auto dataset = loadDataset(*datasetFromText("folder:" + std::string(300, 'a')));
        QVERIFY(!dataset);
        QVERIFY2(dataset.error().message.starts_with("There is no folder aaa"), dataset.error().message.c_str());
    }

    void everyFifthIsATestImage()
    {
        for (int i = 0; i < 10; ++i) {
            writeGrey(path("a/" + std::to_string(i) + ".pgm"), 5, 5, static_cast<std::uint8_t>(i));
            writeGrey(path("b/" + std::to_string(i) + ".pgm"), 5, 5, static_cast<std::uint8_t>(100 + i));
        }
        const auto dataset = loadImageFolder(path());
        QVERIFY2(dataset.has_value(), dataset ? "" : dataset.error().message.c_str());
        QVERIFY(dataset->imageShape() == (Shape{1, 5, 5}));
        QCOMPARE(dataset->train.count(), 16);
        QCOMPARE(dataset->test.count(), 4);
        QCOMPARE(std::count(dataset->test.labels.begin(), dataset->test.labels.end(), 0), 2);
        // None is in both parts, none is lost, and it is the same split every time.
        std::set<std::uint8_t> seen;
        for (const ImageSet* part : {&dataset->train, &dataset->test})
            for (std::int64_t i = 0; i < part->count(); ++i) {
                const std::uint8_t value = pixel(*part, i, 0, 0, 0);
                QVERIFY(seen.insert(value).second);
                QCOMPARE(part->labels[static_cast<std::size_t>(i)], value >= 100 ? 1 : 0);
            }
        QCOMPARE(seen.size(), std::size_t{20});
        QCOMPARE(fingerprint(*loadImageFolder(path())), fingerprint(*dataset));
    }

    void unlikeSizesBecomeOne()
    {
        writeImage(path("a/1.ppm"), 40, 20, kRed); // its middle square: half black
        writeImage(path("a/2.ppm"), 30, 30, kRed);
        writeGrey(path("b/1.pgm"), 50, 50, 77);
        writeGrey(path("b/2.pgm"), 20, 60, 77);
        const auto dataset = loadImageFolder(path());
        QVERIFY2(dataset.has_value(), dataset ? "" : dataset.error().message.c_str());
        QVERIFY(dataset->imageShape() == (Shape{3, 20, 20}));
        for (const ImageSet* part : {&dataset->train, &dataset->test})
            for (std::int64_t i = 0; i < part->count(); ++i) {
                const bool isGrey = part->labels[static_cast<std::size_t>(i)] == 1;
                for (std::int64_t c = 0; c < 3; ++c) {
                    QCOMPARE(pixel(*part, i, c, 10, 2), isGrey ? 77 : 0);
                    QCOMPARE(pixel(*part, i, c, 10, 17), isGrey ? 77 : kRed[static_cast<std::size_t>(c)]);
                }
            }
    }

    void isADatasetByName()
    {
        writeGrey(path("a/1.pgm"), 4, 4, 1);
        writeGrey(path("a/2.pgm"), 4, 4, 1);
        writeGrey(path("b/1.pgm"), 4, 4, 1);
        writeGrey(path("b/2.pgm"), 4, 4, 1);
        const auto name = datasetFromText("folder:" + path().string() + ":2");
        QVERIFY(name && name->kind == "folder" && name->samples == 2);
        QVERIFY(loadDataset(*name));
        QVERIFY(!datasetFromText("folder"));
    }

    void whatCannotBeIsRefused()
    {
        const auto says = [&](const char* what) {
            const auto dataset = loadImageFolder(path());
            return !dataset && dataset.error().message.find(what) != std::string::npos;
        };
        QVERIFY(says("holds no folders of images by class"));
        writeGrey(path("a/1.pgm"), 4, 4, 1);
        writeGrey(path("a/2.pgm"), 4, 4, 1);
        writeGrey(path("b/1.pgm"), 4, 4, 1);
        QVERIFY(says("no test images of b"));
        std::ofstream(path("b/2.png")) << "this is no picture";
        QVERIFY(says("2.png cannot be read as an image"));
        std::ofstream(path("b/2.png"), std::ios::trunc);
        QVERIFY(says("2.png cannot be read as an image"));
        fs::remove(path("b/2.png"));
        {
            std::ofstream cut(path("b/2.ppm"), std::ios::binary); // says more than it holds
            cut << "P6\n4 4\n255\nabc";
        }
        const auto cut = loadImageFolder(path());
        QVERIFY(!cut || cut->train.count() + cut->test.count() == 4);
    }

private:
    fs::path path(const std::string& name = {}) const
    {
        return name.empty() ? fs::path(m_folder->path().toStdString())
                            : m_folder->path().toStdString() / fs::path(name);
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

QTEST_GUILESS_MAIN(TestImageFolder)
#include "tst_image_folder.moc"
