#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "core/distillation/teacher_cache.h"
#include "core/distillation/teacher_images.h"
#include "core/engine/hint.h"
#include "core/training/fitting_dataset.h"
#include "tests/support/datasets.h"
#include "tests/support/tensors.h"

using namespace Qt::StringLiterals;
using namespace lathe;
using test::floats;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kSize = 12;

bool areNear(const HostTensor& found, const std::vector<double>& expected)
{
    const std::vector<float> values = test::valuesOf(found);
    return std::equal(values.begin(), values.end(), expected.begin(), expected.end(),
                      [](double a, double b) { return std::abs(a - b) < 1e-5; });
}

bool sameBytes(const HostTensor& a, const HostTensor& b)
{
    return a.shape == b.shape && std::memcmp(a.data.get(), b.data.get(), static_cast<std::size_t>(a.byteCount())) == 0;
}

} // namespace

class TestTeacherCache : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void answersAreTheTeachers();
    void isAskedOnce();
    void anotherQuestionIsAskedAnew();
    void aFileWithOtherBytesIsNotUsed();
    void viewsAreAskedAboutOneByOne();
    void hintsAreTheNodesValues();
    void goesOnWhereItWasStopped();
    void aTeacherThatCannotAnswerIsRefused();
    void resizesAsPyTorch();
    void greyIsRepeatedForColours();

private:
    TeacherQuestion question() const { return {m_teacher, m_data.normalisation, m_data, {}}; }
    Result<TeacherTable> ask(const TeacherQuestion& question, std::stop_token stop = {})
    {
        m_asked = 0;
        return askTeacher(
            *m_backend, question, m_folder->path().toStdString(), [this](const Progress&) { ++m_asked; }, stop);
    }

    Backend* m_backend = nullptr;
    Dataset m_data = test::barDataset(300, 20, kSize);
    LoadedModel m_teacher;
    std::unique_ptr<QTemporaryDir> m_folder;
    int m_asked = 0; ///< batches the last asking took
};

void TestTeacherCache::initTestCase()
{
    const Result<Backend*> backend = loadBackend();
    QVERIFY2(backend, backend ? "" : backend.error().message.c_str());
    m_backend = *backend;
    m_teacher = *buildModel("lenet", {{1, kSize, kSize}, 10});
    m_teacher.weights = *m_backend->initialise(m_teacher.graph, 1);
}

void TestTeacherCache::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
}

void TestTeacherCache::answersAreTheTeachers()
{
    const auto table = ask(question());
    QVERIFY2(table, table ? "" : table.error().message.c_str());
    QCOMPARE(table->logits().shape, (Shape{1, 300, 10}));
    const std::vector<std::int64_t> images{299, 7};
    const auto network = *m_backend->prepare(m_teacher.graph, m_teacher.weights, Mode::Eager);
    const HostTensor own = *network->infer(BatchMaker(m_data.train, m_data.normalisation).images(images));
    const std::vector<float> values = test::valuesOf(own);
    QVERIFY(areNear(table->answers(images, 0).logits, {values.begin(), values.end()}));
    QVERIFY(!fs::exists(answersFile(question(), m_folder->path().toStdString()).string() + ".part0"));
}

void TestTeacherCache::isAskedOnce()
{
    const auto first = ask(question());
    QVERIFY(first && m_asked > 0);
    const auto second = ask(question());
    QVERIFY(second && m_asked == 0);
    QVERIFY(sameBytes(first->logits(), second->logits()));
    QCOMPARE(first->identity(), second->identity());
}

/// Other weights, another normalisation, other images: each a file of its own.
void TestTeacherCache::anotherQuestionIsAskedAnew()
{
    QVERIFY(ask(question()));
    LoadedModel other = m_teacher;
    other.weights = *m_backend->initialise(other.graph, 2);
    QVERIFY(ask({other, m_data.normalisation, m_data, {}}) && m_asked > 0);
    QVERIFY(ask({m_teacher, {{0.5}, {0.5}}, m_data, {}}) && m_asked > 0);
    const Dataset fewer = test::barDataset(200, 20, kSize);
    QVERIFY(ask({m_teacher, m_data.normalisation, fewer, {}}) && m_asked > 0);
    QVERIFY(ask(question()) && m_asked == 0);
}

/// A file of the right name with one bit changed, and one of another teacher.
void TestTeacherCache::aFileWithOtherBytesIsNotUsed()
{
    const HostTensor right = ask(question())->logits();
    const fs::path file = answersFile(question(), m_folder->path().toStdString());
    {
        std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
        bytes.seekp(-1, std::ios::end);
        bytes.put('x');
    }
    const auto again = ask(question());
    QVERIFY(again && m_asked > 0);
    QVERIFY(sameBytes(again->logits(), right));
    LoadedModel other = m_teacher;
    other.weights = *m_backend->initialise(other.graph, 2);
    const TeacherQuestion otherQuestion{other, m_data.normalisation, m_data, {}};
    QVERIFY(ask(otherQuestion));
    fs::copy_file(answersFile(otherQuestion, m_folder->path().toStdString()), file,
                  fs::copy_options::overwrite_existing);
    const auto third = ask(question());
    QVERIFY(third && m_asked > 0);
    QVERIFY(sameBytes(third->logits(), right));
}

void TestTeacherCache::viewsAreAskedAboutOneByOne()
{
    TeacherQuestion views = question();
    views.training.augmentation = {2, true};
    views.training.views = 3;
    const auto table = ask(views);
    QVERIFY2(table, table ? "" : table.error().message.c_str());
    QCOMPARE(table->logits().shape, (Shape{3, 300, 10}));
    const std::vector<std::int64_t> images{0, 128, 299};
    const auto network = *m_backend->prepare(m_teacher.graph, m_teacher.weights, Mode::Eager);
    const HostTensor x = BatchMaker(m_data.train, m_data.normalisation)
                             .images(images, views.training.augmentation, drawOf(views.training, 2));
    const std::vector<float> values = test::valuesOf(*network->infer(x));
    QVERIFY(areNear(table->answers(images, 2).logits, {values.begin(), values.end()}));
}

void TestTeacherCache::hintsAreTheNodesValues()
{
    NodeId node = 0;
    for (const Node& each : m_teacher.graph.nodes())
        if (std::holds_alternative<op::Conv2d>(each.operation))
            node = static_cast<NodeId>(&each - m_teacher.graph.nodes().data());
    const Node& conv = m_teacher.graph.node(node);
    const std::vector<std::int64_t> images{5, 250};
    const auto network = *m_backend->prepare(m_teacher.graph, m_teacher.weights, Mode::Eager);
    const HostTensor x = BatchMaker(m_data.train, m_data.normalisation).images(images);
    const HostTensor value = inferNodes(*network, x, {node})->front();
    for (const auto kind : {Hint::Kind::Features, Hint::Kind::Attention}) {
        TeacherQuestion hinted = question();
        hinted.hint = HintQuestion{kind, conv.name};
        const auto table = ask(hinted);
        QVERIFY2(table, table ? "" : table.error().message.c_str());
        const HostTensor expected = kind == Hint::Kind::Features ? value : attentionMaps(value);
        const std::vector<float> values = test::valuesOf(expected);
        const HostTensor found = table->answers(images, 0).hint;
        QCOMPARE(found.shape, expected.shape);
        QVERIFY(areNear(found, {values.begin(), values.end()}));
    }
}

/// Whatever is left of an asking, the answers are the same in the end, and no batch of a finished part is asked again.
void TestTeacherCache::goesOnWhereItWasStopped()
{
    m_data = test::barDataset(5000, 20, kSize);
    const TeacherQuestion asked = question();
    std::stop_source stop;
    int batches = 0;
    const auto stopped = askTeacher(
        *m_backend, asked, m_folder->path().toStdString(),
        [&](const Progress& progress) {
            ++batches;
            if (progress.fraction > 0.9)
                stop.request_stop();
        },
        stop.get_token());
    QVERIFY(!stopped && stopped.error().code == ErrorCode::Cancelled);
    const auto whole = ask(asked);
    QVERIFY2(whole, whole ? "" : whole.error().message.c_str());
    QVERIFY2(m_asked < batches, qPrintable(QString::number(m_asked)));
    QTemporaryDir other;
    const auto unbroken = askTeacher(*m_backend, asked, other.path().toStdString());
    QVERIFY(unbroken && sameBytes(unbroken->logits(), whole->logits()));
    m_data = test::barDataset(300, 20, kSize);
}

void TestTeacherCache::aTeacherThatCannotAnswerIsRefused()
{
    LoadedModel empty = m_teacher;
    empty.weights.clear();
    QCOMPARE(ask({empty, m_data.normalisation, m_data, {}}).error().message,
             std::string("lenet is an architecture without weights and can teach nothing; train it first, and name its "
                         "file."));
    LoadedModel five = *buildModel("lenet", {{1, kSize, kSize}, 5});
    five.weights = *m_backend->initialise(five.graph, 1);
    QVERIFY(ask({five, m_data.normalisation, m_data, {}}).error().message.find("gives 5 values") != std::string::npos);
    TeacherQuestion nowhere = question();
    nowhere.hint = HintQuestion{Hint::Kind::Attention, "nowhere"};
    QVERIFY(ask(nowhere).error().message.find("no layer \"nowhere\"") != std::string::npos);
    LoadedModel two = *buildModel("lenet", {{2, kSize, kSize}, 10});
    two.weights = *m_backend->initialise(two.graph, 1);
    QVERIFY(ask({two, m_data.normalisation, m_data, {}}).error().message.find("choose a teacher of such images") !=
            std::string::npos);
}

/// torch.nn.functional.interpolate([[0, 1], [2, 4]], size=(3, 4), mode="bilinear")
void TestTeacherCache::resizesAsPyTorch()
{
    QVERIFY(areNear(resized(floats({1, 1, 2, 2}, {0.0F, 1.0F, 2.0F, 4.0F}), 3, 4),
                    {0.0, 0.25, 0.75, 1.0, 1.0, 1.375, 2.125, 2.5, 2.0, 2.5, 3.5, 4.0}));
    const HostTensor same = floats({1, 2, 1, 2}, {1.0F, 2.0F, 3.0F, 4.0F});
    QVERIFY(areNear(resized(same, 1, 2), {1.0, 2.0, 3.0, 4.0}));
}

void TestTeacherCache::greyIsRepeatedForColours()
{
    const Normalisation colours{{0.5, 0.0, 0.25}, {0.5, 1.0, 0.25}};
    const auto made = TeacherImages::make(m_data.train, {3, kSize, kSize}, colours);
    QVERIFY2(made, made ? "" : made.error().message.c_str());
    const std::vector<std::int64_t> one{3};
    const std::vector<float> grey = test::valuesOf(BatchMaker(m_data.train, {{0.0}, {1.0}}).images(one));
    std::vector<double> expected;
    for (std::size_t c = 0; c < 3; ++c)
        for (const float value : grey)
            expected.push_back((static_cast<double>(value) - colours.mean[c]) / colours.deviation[c]);
    QVERIFY(areNear(made->images(one), expected));
}

QTEST_GUILESS_MAIN(TestTeacherCache)
#include "tst_teacher_cache.moc"
