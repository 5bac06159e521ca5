#pragma once

#include <QByteArray>
#include <QFile>
#include <QString>

#include <string>

#include "core/session/record.h"

namespace lathe::test {

/// A record with every field set, awkward doubles among them.
inline Record sampleRecord(const std::string& id = "r1", const std::string& model = "resnet50")
{
    Record r;
    r.id = id;
    r.time = "2025-11-22T23:26:00Z";
    r.configuration = {model, "channels_last", 8, 2, {3, 224, 224}, "cpu"};
    r.family = "ResNet";
    r.type = "cnn";
    r.params = 25557032;
    r.macs = 4089184256;
    r.macsCounted = 4089184000;
    r.activationBytes = 44451840;
    r.parameterBytes = 102441376;
    r.top1 = 0.80858;
    r.fileBytes = 102549760;
    r.latency = {123.456789012345678, 123.1, 124.00000000000001, 121.5, 130.25, 141.75, 2, {0.1 + 0.2, 5e-324, 1e308}};
    r.throughput = 64.8000000000001;
    r.throughputLow = 64.5;
    r.throughputHigh = 65.0;
    r.peakTensorBytes = 51380224;
    r.peakResidentBytes = 734003200;
    r.pageFaults = 12.5;
    r.warmups = 7;
    r.stopReason = "precise";
    r.isolated = true;
    r.flags = {{"contention", "3 \"others\" ran."}, {"drift", "Latency rose\nby 4 %."}};
    r.environment = {"box",
                     "Some CPU @ 2 GHz",
                     "AVX2 AVX-512",
                     2,
                     4,
                     15.625,
                     "Linux 6.1, Debian 12",
                     "LibTorch 2.13.0",
                     "AVX512",
                     "oneDNN 3.12",
                     "0.1.0 (a1b2c3d)",
                     0.25,
                     2100.5,
                     "performance"};
    r.layers = {{"conv1", "Conv2d", 1.5, 118013952}, {"layer1.0.conv1", "Conv2d", 0.75, 12845056}};
    r.layersTotalMs = 2.25;
    r.layersWholeMs = 2.375;
    r.note = "Größe, \"quoted\", 漢字";
    return r;
}

/// The bytes of a file below tests/data; empty where it is missing.
inline std::string testData(const char* name)
{
    QFile file(QStringLiteral(LATHE_TEST_DATA "/") + QString::fromUtf8(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : std::string();
}

} // namespace lathe::test
