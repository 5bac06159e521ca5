#include "core/distillation/teacher_cache.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/checksum.h"
#include "core/distillation/teacher.h"
#include "core/distillation/teacher_images.h"
#include "core/engine/hint.h"
#include "core/formats/safetensors.h"

namespace lathe {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kIdentityEntry = "lathe.teacher_answers";
constexpr const char* kChecksumEntry = "lathe.checksum";
constexpr int kVersion = 1;
constexpr std::int64_t kPart = 4096; // images whose answers are written at once
constexpr std::int64_t kBatch = 128;

std::uint32_t checksumOf(const StateDict& tensors)
{
    std::uint32_t sum = 0;
    for (const NamedTensor& entry : tensors)
        sum = checksum(entry.tensor.data.get(), static_cast<std::size_t>(entry.tensor.byteCount()), sum);
    return sum;
}

std::int64_t viewsOf(const TeacherQuestion& question)
{
    return std::max(1, question.training.views);
}

/// The tensors of such a file, unless it holds other answers, or not all its bytes.
std::optional<StateDict> readAnswers(const fs::path& path, const std::string& identity)
{
    std::error_code ignored;
    if (!fs::exists(path, ignored))
        return {};
    const auto file = readSafetensors(path);
    if (!file)
        return {};
    const auto entry = [&](const char* key) {
        const auto found = file->metadata.find(key);
        return found == file->metadata.end() ? std::string() : found->second;
    };
    const bool isTheSame =
        entry(kIdentityEntry) == identity && entry(kChecksumEntry) == std::to_string(checksumOf(file->tensors));
    return isTheSame ? std::optional(file->tensors) : std::nullopt;
}

Result<void> writeAnswers(const fs::path& path, const std::string& identity, const StateDict& tensors)
{
    return writeSafetensors(path, tensors,
                            {{kIdentityEntry, identity}, {kChecksumEntry, std::to_string(checksumOf(tensors))}});
}

/// Tensors of the same shape but for the first dimension, one behind the other.
HostTensor joined(const std::vector<HostTensor>& tensors)
{
    Shape shape = tensors.front().shape;
    shape.front() = std::accumulate(tensors.begin(), tensors.end(), std::int64_t{0},
                                    [](std::int64_t sum, const HostTensor& t) { return sum + t.shape.front(); });
    const WritableTensor made = makeTensor(DType::Float32, std::move(shape));
    std::byte* out = made.bytes;
    for (const HostTensor& tensor : tensors) {
        std::memcpy(out, tensor.data.get(), static_cast<std::size_t>(tensor.byteCount()));
        out += tensor.byteCount();
    }
    return made.tensor;
}

/// Rows x ... as views x images x ....
HostTensor byView(HostTensor rows, std::int64_t views)
{
    rows.shape.insert(rows.shape.begin(), views);
    rows.shape[1] /= views;
    return rows;
}

class Asking {
public:
    Asking(const TeacherQuestion& question, const TeacherImages& images, Network& network, fs::path file,
           std::string identity, const ProgressSink& progress, std::stop_token stop)
        : m_question(question), m_images(images), m_network(network), m_file(std::move(file)),
          m_identity(std::move(identity)), m_progress(progress), m_stop(std::move(stop)),
          m_rows(viewsOf(question) * question.dataset.train.count())
    {
    }

    Result<void> run()
    {
        std::vector<HostTensor> logits;
        std::vector<HostTensor> hints;
        for (std::int64_t row = 0; row < m_rows; row += kPart) {
            const Result<StateDict> part = partAt(row);
            if (!part)
                return tl::unexpected(part.error());
            logits.push_back((*part)[0].tensor);
            if (m_question.hint)
                hints.push_back((*part)[1].tensor);
        }
        StateDict whole{{"logits", byView(joined(logits), viewsOf(m_question))}};
        if (!hints.empty())
            whole.push_back({"hints", byView(joined(hints), viewsOf(m_question))});
        return writeAnswers(m_file, m_identity, whole).map([&] { removeParts(); });
    }

private:
    fs::path partFile(std::int64_t row) const
    {
        fs::path path = m_file;
        return path += fmt::format(".part{}", row / kPart);
    }

    void removeParts() const
    {
        std::error_code ignored;
        for (std::int64_t row = 0; row < m_rows; row += kPart)
            fs::remove(partFile(row), ignored);
    }

    Result<StateDict> partAt(std::int64_t row)
    {
        if (std::optional<StateDict> kept = readAnswers(partFile(row), m_identity))
            return *std::move(kept);
        std::vector<HostTensor> logits;
        std::vector<HostTensor> hints;
        const std::int64_t end = std::min(m_rows, row + kPart);
        for (std::int64_t at = row; at < end;) {
            const std::int64_t next = std::min({end, at + kBatch, (at / images() + 1) * images()});
            if (const auto asked = ask(at, next, logits, hints); !asked)
                return tl::unexpected(asked.error());
            at = next;
        }
        StateDict part{{"logits", joined(logits)}};
        if (!hints.empty())
            part.push_back({"hints", joined(hints)});
        return writeAnswers(partFile(row), m_identity, part).map([&] { return part; });
    }

    std::int64_t images() const { return m_question.dataset.train.count(); }

    /// Rows of one view.
    Result<void> ask(std::int64_t begin, std::int64_t end, std::vector<HostTensor>& logits,
                     std::vector<HostTensor>& hints)
    {
        if (m_stop.stop_requested())
            return fail(ErrorCode::Cancelled, "Asking the teacher was stopped; what it answered is kept.");
        if (m_progress)
            m_progress({static_cast<double>(begin) / static_cast<double>(m_rows),
                        fmt::format("asking the teacher: {} of {} images", begin, m_rows)});
        std::vector<std::int64_t> indices(static_cast<std::size_t>(end - begin));
        std::iota(indices.begin(), indices.end(), begin % images());
        return answersTo(batch(indices, static_cast<int>(begin / images()))).map([&](TeacherAnswers answers) {
            logits.push_back(std::move(answers.logits));
            if (m_question.hint)
                hints.push_back(std::move(answers.hint));
        });
    }

    HostTensor batch(const std::vector<std::int64_t>& indices, int view) const
    {
        const TrainingOptions& training = m_question.training;
        return training.views == 0 ? m_images.images(indices)
                                   : m_images.images(indices, training.augmentation, drawOf(training, view));
    }

    Result<TeacherAnswers> answersTo(const HostTensor& x)
    {
        const Graph& graph = m_question.teacher.graph;
        if (!m_question.hint)
            return m_network.infer(x).map([](HostTensor logits) { return TeacherAnswers{std::move(logits), {}}; });
        const Hint wanted{m_question.hint->kind, m_question.hint->node, 0.0};
        const NodeId node = hintNode(graph, wanted).value_or(graph.output());
        return inferNodes(m_network, x, {node, graph.output()}).map([&](std::vector<HostTensor> values) {
            const bool isMap = wanted.kind == Hint::Kind::Attention;
            return TeacherAnswers{values[1], isMap ? attentionMaps(values[0]) : values[0]};
        });
    }

    const TeacherQuestion& m_question;
    const TeacherImages& m_images;
    Network& m_network;
    fs::path m_file;
    std::string m_identity;
    const ProgressSink& m_progress;
    std::stop_token m_stop;
    std::int64_t m_rows;
};

Result<TeacherTable> tableIn(const fs::path& file, const std::string& identity)
{
    const std::optional<StateDict> kept = readAnswers(file, identity);
    if (!kept)
        return fail(ErrorCode::BadFile,
                    fmt::format("{} does not hold what was just written to it; look at the disk.", file.string()));
    return TeacherTable((*kept)[0].tensor, kept->size() > 1 ? (*kept)[1].tensor : HostTensor{}, identity);
}

Result<void> checkQuestion(const TeacherQuestion& question)
{
    if (const auto able = checkTeacher(question.teacher, question.dataset); !able)
        return able;
    if (!question.hint)
        return {};
    return hintNode(question.teacher.graph, {question.hint->kind, question.hint->node, 0.0}).map([](NodeId) {});
}

} // namespace

std::string identityOf(const TeacherQuestion& q)
{
    const std::string graph = graphToJson({q.teacher.graph, {}, ArchitectureType::Cnn});
    Json json{{"version", kVersion},
              {"teacher", q.teacher.graph.name()},
              {"graph", checksum(graph.data(), graph.size())},
              {"weights", checksumOf(q.teacher.weights)},
              {"mean", q.normalisation.mean},
              {"deviation", q.normalisation.deviation},
              {"dataset", q.dataset.name},
              {"images", fingerprint(q.dataset)},
              {"views", q.training.views}};
    if (q.training.views > 0) {
        json["crop_padding"] = q.training.augmentation.cropPadding;
        json["flip"] = q.training.augmentation.flip;
    }
    if (q.hint)
        json["hint"] = {{"kind", name(q.hint->kind)}, {"node", q.hint->node}};
    return json.dump();
}

fs::path answersFile(const TeacherQuestion& question, const fs::path& folder)
{
    const std::string identity = identityOf(question);
    return folder / fmt::format("{}-{}-{:08x}.safetensors", question.teacher.graph.name(), question.dataset.name,
                                checksum(identity.data(), identity.size()));
}

Result<TeacherTable> askTeacher(Backend& backend, const TeacherQuestion& question, const fs::path& folder,
                                const ProgressSink& progress, std::stop_token stop)
{
    if (const auto possible = checkQuestion(question); !possible)
        return tl::unexpected(possible.error());
    const std::string identity = identityOf(question);
    const fs::path file = answersFile(question, folder);
    if (readAnswers(file, identity))
        return tableIn(file, identity);
    const auto images =
        TeacherImages::make(question.dataset.train, question.teacher.graph.inputShape(), question.normalisation);
    if (!images)
        return tl::unexpected(images.error());
    // Eager, since its kernels are the same in every run: answers asked again are the same answers.
    const auto network = backend.prepare(question.teacher.graph, question.teacher.weights, Mode::Eager);
    if (!network)
        return tl::unexpected(network.error());
    return Asking(question, *images, **network, file, identity, progress, std::move(stop)).run().and_then([&] {
        return tableIn(file, identity);
    });
}

} // namespace lathe
