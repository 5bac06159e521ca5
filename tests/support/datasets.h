#pragma once

#include <QByteArray>
#include <QDir>
#include <QFile>
#include <QString>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "core/base/checksum.h"
#include "core/datasets/dataset.h"

/// Small files of images as Fashion-MNIST and CIFAR-10 come in.
namespace lathe::test {

inline QByteArray bigEndian(std::int64_t value)
{
    QByteArray bytes;
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes.append(static_cast<char>(value >> shift & 0xFF));
    return bytes;
}

/// An IDX file of unsigned bytes.
inline QByteArray idxFile(const std::vector<std::int64_t>& extents, const QByteArray& elements)
{
    QByteArray bytes("\0\0\x08", 3);
    bytes.append(static_cast<char>(extents.size()));
    for (const std::int64_t extent : extents)
        bytes.append(bigEndian(extent));
    return bytes + elements;
}

inline QByteArray littleEndian(std::uint32_t value)
{
    QByteArray bytes = bigEndian(value);
    std::reverse(bytes.begin(), bytes.end());
    return bytes;
}

/// As gzip makes it: its header, the stream that Qt packs without its own, checksum and size.
inline QByteArray gzipped(const QByteArray& bytes)
{
    constexpr int kBefore = 4 + 2; // Qt's size and zlib's header
    constexpr int kBehind = 4;     // zlib's checksum
    const QByteArray packed = qCompress(bytes);
    return QByteArray("\x1F\x8B\x08\0\0\0\0\0\0\x03", 10) + packed.mid(kBefore, packed.size() - kBefore - kBehind) +
           littleEndian(checksum(bytes.constData(), static_cast<std::size_t>(bytes.size()))) +
           littleEndian(static_cast<std::uint32_t>(bytes.size()));
}

inline void writeBytes(const QString& path, const QByteArray& bytes)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("%s cannot be written", qPrintable(path));
}

/// Image `index` of label `index` mod 10: a bright bar two pixels high whose place tells the label, over a pattern
/// that does not.
inline QByteArray barImage(std::int64_t index, std::int64_t size = 28)
{
    QByteArray pixels;
    const std::int64_t label = index % 10;
    for (std::int64_t y = 0; y < size; ++y)
        for (std::int64_t x = 0; x < size; ++x) {
            const bool isBar = y * 14 / size == label + 2;
            pixels.append(static_cast<char>(isBar ? 255 : (index * 31 + y * 7 + x * 13) % 64));
        }
    return pixels;
}

inline void writePart(const QDir& folder, const QString& part, std::int64_t count)
{
    QByteArray images;
    QByteArray labels;
    for (std::int64_t i = 0; i < count; ++i) {
        images += barImage(i);
        labels.append(static_cast<char>(i % 10));
    }
    writeBytes(folder.filePath(part + "-images-idx3-ubyte"), idxFile({count, 28, 28}, images));
    writeBytes(folder.filePath(part + "-labels-idx1-ubyte"), idxFile({count}, labels));
}

/// The four files, not gzipped.
inline void writeIdxFolder(const QString& path, std::int64_t trainImages = 400, std::int64_t testImages = 100)
{
    const QDir folder(path);
    writePart(folder, "train", trainImages);
    writePart(folder, "t10k", testImages);
}

/// The same without files.
inline ImageSet barSet(std::int64_t count, std::int64_t size)
{
    const WritableTensor images = makeTensor(DType::UInt8, {count, 1, size, size});
    ImageSet set{images.tensor, {}};
    for (std::int64_t i = 0; i < count; ++i) {
        const QByteArray pixels = barImage(i, size);
        std::memcpy(images.bytes + i * size * size, pixels.constData(), static_cast<std::size_t>(pixels.size()));
        set.labels.push_back(i % 10);
    }
    return set;
}

inline Dataset barDataset(std::int64_t trainImages, std::int64_t testImages, std::int64_t size = 28)
{
    Dataset dataset;
    dataset.name = "bars";
    for (int i = 0; i < 10; ++i)
        dataset.classNames.push_back("bar " + std::to_string(i));
    dataset.train = barSet(trainImages, size);
    dataset.test = barSet(testImages, size);
    dataset.normalisation = normalisationOf(dataset.train);
    return dataset;
}

} // namespace lathe::test
