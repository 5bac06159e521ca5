#include "tests/fuzz/targets.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>

#include <unistd.h>

#include <fmt/format.h>

#include "core/analysis/timm_table.h"
#include "core/base/files.h"
#include "core/engine/backend.h"
#include "core/formats/graph_json.h"
#include "core/formats/huggingface.h"
#include "core/formats/model_file.h"
#include "core/formats/safetensors.h"
#include "core/formats/torch_file.h"
#include "core/formats/torchscript.h"
#include "core/formats/weight_file.h"
#include "core/graph/cost.h"
#include "core/session/session.h"
#include "tests/support/sample_record.h"

namespace lathe::fuzz {

namespace {

using Seeds = Result<std::vector<std::string>>;

/// Every file of a folder of tests/data with one of these endings.
std::function<Seeds()> filesIn(const std::string& folder, const std::string& ending)
{
    return [=]() -> Seeds {
        std::vector<std::string> paths;
        for (const auto& entry : std::filesystem::directory_iterator(std::string(LATHE_TEST_DATA "/") + folder))
            if (entry.path().extension() == ending)
                paths.push_back(entry.path());
        std::sort(paths.begin(), paths.end()); // a folder has no order of its own
        std::vector<std::string> seeds;
        for (const std::string& path : paths)
            seeds.push_back(readFile(path).value_or(std::string()));
        if (seeds.empty())
            return fail(ErrorCode::NotFound, fmt::format("There is no {} in {}.", ending, folder));
        return seeds;
    };
}

/// The bytes as a file, for readers that open one.
class TemporaryFile {
public:
    explicit TemporaryFile(const std::string& bytes)
        : m_path(std::filesystem::temp_directory_path() / fmt::format("lathe_fuzz_{}", getpid()))
    {
        std::ofstream(m_path, std::ios::binary) << bytes;
    }
    ~TemporaryFile()
    {
        std::error_code error;
        std::filesystem::remove(m_path, error);
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    const std::filesystem::path& path() const { return m_path; }

private:
    std::filesystem::path m_path;
};

/// Every byte of every tensor, so that a sanitizer sees one that lies outside.
void touch(const StateDict& tensors)
{
    volatile std::byte seen{};
    for (const NamedTensor& entry : tensors)
        for (std::int64_t i = 0; i < entry.tensor.byteCount(); ++i)
            seen = entry.tensor.data.get()[i];
    static_cast<void>(seen);
}

/// Of data.pkl, beside storages of 96 bytes each.
void readPickle(const std::string& bytes)
{
    const std::string storage(96, '\1');
    const std::shared_ptr<const std::byte> owner(reinterpret_cast<const std::byte*>(storage.data()),
                                                 [](const std::byte*) {});
    TorchArchive archive{owner, bytes.size() + storage.size(), {{"data.pkl", bytes}}};
    for (int i = 0; i < 16; ++i)
        archive.records.emplace(fmt::format("data/{}", i), storage);
    if (const auto tensors = readTorchArchive(archive))
        touch(*tensors);
}

void readWeights(const std::string& bytes)
{
    const TemporaryFile file(bytes);
    if (auto weights = readWeightFile(file.path())) {
        touch(weights->tensors);
        touch(withCatalogueNames(std::move(weights->tensors), {}).tensors);
    }
}

/// A network's weights with every dtype, and a ViT's of two layers as transformers names them.
Seeds safetensorsSeeds()
{
    StateDict every;
    for (const char* dtype :
         {"float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8"}) {
        WritableTensor made = makeTensor(*dtypeFromName(dtype), {2, 3});
        std::fill(made.bytes, made.bytes + made.tensor.byteCount(), std::byte{1});
        every.push_back({dtype, made.tensor});
    }
    StateDict vit;
    const auto add = [&](const std::string& name, Shape shape) {
        vit.push_back({"vit." + name, every[1].tensor});
        vit.back().tensor.shape = std::move(shape);
    };
    add("embeddings.cls_token", {1, 1, 2});
    add("embeddings.patch_embeddings.projection.weight", {2, 3, 1, 1});
    for (const char* layer : {"encoder.layer.0.", "encoder.layer.1."})
        for (const char* part : {"layernorm_before.weight", "attention.attention.query.weight",
                                 "attention.attention.key.weight", "attention.attention.value.weight"})
            add(std::string(layer) + part, {2, 1});
    std::vector<std::string> seeds;
    for (const StateDict& tensors : {every, vit}) {
        const TemporaryFile file("");
        if (const auto written = writeSafetensors(file.path(), tensors, {{"format", "pt"}}); !written)
            return tl::unexpected(written.error());
        seeds.push_back(readFile(file.path()).value_or(std::string()));
    }
    return seeds;
}

/// A small CNN, one with every kind of residual and squeeze, and an encoder: what the program itself writes.
Seeds graphSeeds()
{
    std::vector<std::string> seeds;
    for (const char* name : {"lenet", "mobilenet_v3_small", "distilbert_base_uncased"}) {
        const Result<LoadedModel> model = loadModel(name, {});
        if (!model)
            return tl::unexpected(model.error());
        seeds.push_back(graphToJson(graphFileOf(*model)));
    }
    return seeds;
}

void readGraph(const std::string& bytes)
{
    if (const auto file = graphFromJson(bytes, "it"))
        static_cast<void>(cost(file->graph));
}

Seeds zipSeeds()
{
    if (const auto backend = loadBackend(); !backend)
        return tl::unexpected(backend.error());
    return filesIn("torch", ".pth")();
}

Seeds scriptSeeds()
{
    if (const auto backend = loadBackend(); !backend)
        return tl::unexpected(backend.error());
    return filesIn("torchscript", ".pt")();
}

/// A damaged program may crash LibTorch, in the process that a file is read in first. It may also run: at an input that
/// keeps that short.
void readScript(const std::string& bytes)
{
    const TemporaryFile file(bytes);
    static_cast<void>(loadTorchScript(file.path(), {3, 16, 16}));
}

Seeds sessionSeeds()
{
    Session session;
    session.records = {test::sampleRecord(), test::sampleRecord()};
    session.notes = "Notes \"in quotes\".";
    session.comparisons = {{"a", "b", "2025-01-01T00:00:00Z", 1.1, 1.0, 1.2, "Slower.", {"Warm."}}};
    return filesIn("sessions", ".lathe")().map([&](std::vector<std::string> seeds) {
        seeds.push_back(sessionToJson(session));
        return seeds;
    });
}

Seeds recordSeeds()
{
    return std::vector{recordToJson(test::sampleRecord())};
}

Seeds journalSeeds()
{
    const std::string line = recordToJson(test::sampleRecord()) + "\n";
    return std::vector{line + line + "{\"retracted\":\"" + test::sampleRecord().id + "\"}\n"};
}

void readJournal(const std::string& bytes)
{
    const TemporaryFile file(bytes);
    static_cast<void>(Journal(file.path()).read());
}

void readTimm(const std::string& bytes)
{
    const TemporaryFile file(bytes);
    if (auto table = readTimmTable(file.path()))
        static_cast<void>(joinTimmAccuracy(*table, file.path()));
}

Seeds anySeeds()
{
    return std::vector<std::string>{"Sound."};
}

void takeMemory(const std::string&)
{
    touch({{"w", makeTensor(DType::UInt8, {64 << 20}).tensor}});
}

void readOutside(const std::string& bytes)
{
    touch({{"w", {DType::UInt8, {1 << 30}, std::make_shared<const std::byte>(std::byte(bytes.size()))}}});
}

void hang(const std::string&)
{
    for (volatile bool isOn = true; isOn;) {
    }
}

} // namespace

const std::vector<Target>& controls()
{
    static const std::vector<Target> all{{"control_memory", anySeeds, takeMemory, 256},
                                         {"control_crash", anySeeds, readOutside, 256},
                                         {"control_hang", anySeeds, hang, 256}};
    return all;
}

const std::vector<Target>& targets()
{
    // A program takes what it asks for once it runs: that is not the reader's to bound.
    constexpr double kProgram = std::numeric_limits<double>::infinity();
    // What a byte can become at most: a JSON or CSV value, a pickled value, a tensor's name and shape.
    static const std::vector<Target> all{
        {"pickle", filesIn("fuzz/pickle", ".pkl"), readPickle, 256},
        {"safetensors", safetensorsSeeds, readWeights, 256},
        {"torch_zip", zipSeeds, readWeights, 256},
        {"graph", graphSeeds, readGraph, 256},
        {"torchscript", scriptSeeds, readScript, kProgram, true},
        {"session", sessionSeeds, [](const std::string& b) { static_cast<void>(sessionFromJson(b)); }, 256},
        {"record", recordSeeds, [](const std::string& b) { static_cast<void>(recordFromJson(b)); }, 256},
        {"journal", journalSeeds, readJournal, 256},
        {"timm_table", filesIn("timm_like", ".csv"), readTimm, 256},
    };
    return all;
}

} // namespace lathe::fuzz
