#include <QTest>

#include "core/formats/torch_file.h"

using namespace lathe;
using namespace std::string_literals;

namespace {

std::string littleEndian(std::size_t value)
{
    std::string bytes(4, '\0');
    for (unsigned i = 0; i < 4; ++i)
        bytes[i] = static_cast<char>(value >> (8 * i) & 0xFF);
    return bytes;
}

std::string text(const std::string& value)
{
    return "X" + littleEndian(value.size()) + value;
}

/// One number of data/0.
const std::string kTensor = "ctorch._utils\n_rebuild_tensor_v2\n((U\7storagectorch\nFloatStorage\nU\1"
                            "0U\3cpuK\1tQK\0K\1\x85K\1\x85\x89}tR"s;

/// A dictionary of one tensor.
std::string network(const std::string& name)
{
    return "}" + text(name) + kTensor + "s";
}

Result<StateDict> read(const std::string& pickled)
{
    static const std::string storage(4, '\0');
    const std::shared_ptr<const std::byte> owner(reinterpret_cast<const std::byte*>(storage.data()),
                                                 [](const std::byte*) {});
    return readTorchArchive({owner, pickled.size() + storage.size(), {{"data.pkl", pickled}, {"data/0", storage}}});
}

std::string messageFor(const std::string& pickled)
{
    const auto tensors = read(pickled);
    return tensors ? std::string() : tensors.error().message;
}

} // namespace

class TestTorchFile : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsNamesOfAnyLengthThatANetworkHas();
    void refusesALongerName();
    void refusesANameThatIsThereTwice();
    void refusesANameThatManyEntriesShare();
    void findsTheLikeliestOfSeveralNetworks();
    void namesSeveralNetworks_data();
    void namesSeveralNetworks();
    void quotesTheBeginningAndEndOfALongKey();
};

void TestTorchFile::readsNamesOfAnyLengthThatANetworkHas()
{
    const std::string longest(1024, 'n');
    const auto tensors = read(network(longest) + ".");
    QVERIFY2(tensors, tensors ? "" : tensors.error().message.c_str());
    QCOMPARE(tensors->front().name, longest);
}

void TestTorchFile::refusesALongerName()
{
    const auto tensors = read(network(std::string(1025, 'n')) + ".");
    QVERIFY(!tensors);
    QCOMPARE(tensors.error().code, ErrorCode::BadFile);
    const std::string& said = tensors.error().message;
    QVERIFY2(said.find("has a name of 1025 characters, and at most 1024 are read") != std::string::npos, said.c_str());
    QVERIFY(said.size() < 300);
}

void TestTorchFile::refusesANameThatIsThereTwice()
{
    const std::string said = messageFor("}(" + text("w") + kTensor + text("w") + kTensor + "u.");
    QVERIFY2(said.starts_with("Tensor \"w\" is there twice"), said.c_str());
}

/// One text of 1 KB in the memo, for 2,000 tensors.
void TestTorchFile::refusesANameThatManyEntriesShare()
{
    std::string pickled = text(std::string(1000, 'n')) + "q\1" + "0" + kTensor + "q\2" + "0}(";
    for (int i = 0; i < 2000; ++i)
        pickled += "h\1h\2";
    QVERIFY(messageFor(pickled + "u.").find("is there twice") != std::string::npos);
}

void TestTorchFile::findsTheLikeliestOfSeveralNetworks()
{
    const auto tensors = read("}(" + text("ema") + network("averaged") + text("model") + network("w") + "u.");
    QVERIFY2(tensors, tensors ? "" : tensors.error().message.c_str());
    QCOMPARE(tensors->front().name, std::string("w"));
}

void TestTorchFile::namesSeveralNetworks_data()
{
    QTest::addColumn<QByteArray>("pickled");
    const std::string two = "}(" + text("epoch") + "K\3" + text("G") + network("w") + text("D") + network("w") + "u";
    const auto row = [](const char* name, const std::string& bytes) {
        QTest::newRow(name) << QByteArray(bytes.data(), static_cast<qsizetype>(bytes.size()));
    };
    row("side by side", two + ".");
    row("in the entry that has weights", "}" + text("state_dict") + two + "s.");
}

void TestTorchFile::namesSeveralNetworks()
{
    QFETCH(QByteArray, pickled);
    QCOMPARE(messageFor(pickled.toStdString()),
             std::string("It holds the weights of several networks (\"G\", \"D\"); save those of one alone in Python: "
                         "torch.save(checkpoint[\"G\"], \"weights.pth\")."));
}

void TestTorchFile::quotesTheBeginningAndEndOfALongKey()
{
    const std::string said = messageFor("}" + text("begin" + std::string(100000, 'k') + "end") + "K\1s.");
    QVERIFY2(said.starts_with("It holds no network's weights (it has \"begin"), said.c_str());
    QVERIFY(said.find("end\")") != std::string::npos);
    QVERIFY(said.size() < 300);
}

QTEST_APPLESS_MAIN(TestTorchFile)
#include "tst_torch_file.moc"
