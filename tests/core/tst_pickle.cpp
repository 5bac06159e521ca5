#include <QTest>

#include "core/formats/pickle.h"

using namespace lathe;
using namespace std::string_literals;

namespace {

std::string messageFor(const std::string& bytes)
{
    const auto document = pickle::read(bytes);
    return document ? std::string() : document.error().message;
}

template <class T> T root(const std::string& bytes)
{
    const auto document = pickle::read(bytes);
    return document ? std::get<T>(document->at(document->root)) : T{};
}

/// What torch.save writes in the place of a storage: ("storage", type, "0", "cpu", elements).
std::string storage(const std::string& type, char elements)
{
    return "(U\7storagectorch\n" + type + "\nU\1" + "0U\3cpuK" + elements + "tQ";
}

/// A call of _rebuild_tensor_v2 of 2 x 3 entries with these strides.
std::string tensor(char firstStride)
{
    return "ctorch._utils\n_rebuild_tensor_v2\n(" + storage("FloatStorage", 6) + "K\0K\2K\3\x86K"s + firstStride +
           "K\1\x86\x89"
           "ccollections\nOrderedDict\n)RtR";
}

} // namespace

class TestPickle : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsNumbersOfEveryProtocol();
    void readsTextsOfEveryProtocol();
    void readsContainersThroughTheMemo();
    void holdsWhatHoldsItself();
    void takesATensorApart();
    void passesOverAttributes();
    void refusesAnyOtherNameAndSaysIt();
    void quotesALongNameShortened();
    void saysWhichDTypeIsNotSupported_data();
    void saysWhichDTypeIsNotSupported();
    void callsAModuleWhatItIs();
    void refusesWhatIsNoTensorOfPyTorchs_data();
    void refusesWhatIsNoTensorOfPyTorchs();
    void refusesTruncationAtEveryByte();
    void refusesMoreExtentsThanAnyTensorHas();
};

void TestPickle::readsNumbersOfEveryProtocol()
{
    QCOMPARE(root<std::int64_t>("K\7."), 7);
    QCOMPARE(root<std::int64_t>("J\xfe\xff\xff\xff."), -2);
    QCOMPARE(root<std::int64_t>("M\1\2."), 513);
    QCOMPARE(root<std::int64_t>("\x8a\2\0\x80."s), -32768);
    QCOMPARE(root<std::int64_t>("L12L\n."), 12);
    QCOMPARE(root<std::int64_t>("I-5\n."), -5);
    QCOMPARE(root<bool>("I01\n."), true);
    QCOMPARE(root<bool>("\x88."), true);
    QCOMPARE(root<double>("G\x3f\xe0\0\0\0\0\0\0."s), 0.5);
    QCOMPARE(root<double>("F2.5\n."), 2.5);
    // A seed of more than 64 bits: kept as nothing, for no weight depends on it.
    QVERIFY(pickle::read("\x8a\11\1\2\3\4\5\6\7\10\11."));
}

void TestPickle::readsTextsOfEveryProtocol()
{
    for (const std::string& bytes : {"X\2\0\0\0ab."s, "\x8c\2ab."s, "\x8d\2\0\0\0\0\0\0\0ab."s, "U\2ab."s, "Vab\n."s,
                                     "S'ab'\n."s, "\x80\4\x95\7\0\0\0\0\0\0\0\x8c\2ab\x94."s}) {
        const auto document = pickle::read(bytes);
        QVERIFY(document);
        QCOMPARE(std::get<std::string_view>(document->at(document->root)), std::string_view("ab"));
    }
    QVERIFY(messageFor("Va\\u1234\n.").find("protocol 2") != std::string::npos);
}

void TestPickle::readsContainersThroughTheMemo()
{
    // {1: [2, 2], 3: (4,)} whose 2 is there once.
    const auto document = pickle::read("}(K\1](K\2q\1h\1eK\3K\4\x85u.");
    QVERIFY(document);
    const auto& items = std::get<pickle::Dict>(document->at(document->root)).items;
    QCOMPARE(items.size(), std::size_t{2});
    const auto& list = std::get<pickle::List>(document->at(items[0].second)).items;
    QCOMPARE(list.size(), std::size_t{2});
    QCOMPARE(list[0], list[1]);
    QCOMPARE(std::get<pickle::Tuple>(document->at(items[1].second)).items.size(), std::size_t{1});
}

void TestPickle::holdsWhatHoldsItself()
{
    const auto document = pickle::read("]q\0h\0a."s);
    QVERIFY(document);
    QCOMPARE(std::get<pickle::List>(document->at(document->root)).items.front(), document->root);
}

void TestPickle::takesATensorApart()
{
    const std::string bytes = tensor(3) + ".";
    const auto document = pickle::read(bytes);
    QVERIFY2(document, messageFor(bytes).c_str());
    const auto id = std::get<pickle::StridedId>(document->at(document->root));
    const pickle::StridedTensor& found = document->strided[id.index];
    QCOMPARE(found.dtype, DType::Float32);
    QCOMPARE(found.shape, (Shape{2, 3}));
    QCOMPARE(found.strides, (Shape{3, 1}));
    QCOMPARE(found.storage.key, std::string_view("0"));
    QCOMPARE(found.storage.elements, 6);
}

void TestPickle::passesOverAttributes()
{
    QVERIFY(pickle::read("ccollections\nOrderedDict\n)R}U\11_metadataK\1sb."));
}

void TestPickle::refusesAnyOtherNameAndSaysIt()
{
    const std::string said = messageFor("}U\1acposix\nsystem\n(U\6rm -rftRs.");
    QVERIFY2(said.find("holds a posix.system, which is neither a tensor") != std::string::npos, said.c_str());
    QVERIFY(messageFor("}U\1a\x8c\10builtins\x8c\4eval\x93s.").find("builtins.eval") != std::string::npos);
    QVERIFY(messageFor("}U\1acnumpy.core.multiarray\nscalar\ns.").find("numpy.core.multiarray.scalar") !=
            std::string::npos);
}

void TestPickle::quotesALongNameShortened()
{
    const std::string name = "begin" + std::string(200000, 'x') + "end";
    for (const std::string& bytes : {"}U\1acos\n" + name + "\ns.", "cos\n" + name + "\n)\x81."}) {
        const std::string said = messageFor(bytes);
        QVERIFY2(said.find("os.begin") != std::string::npos && said.find("xend") != std::string::npos, said.c_str());
        QVERIFY(said.size() < 400);
    }
}

void TestPickle::saysWhichDTypeIsNotSupported_data()
{
    QTest::addColumn<QString>("global");
    for (const char* name :
         {"float8_e4m3fn", "float8_e5m2", "complex64", "uint16", "quint8", "ComplexFloatStorage", "QInt8Storage"})
        QTest::newRow(name) << name;
}

void TestPickle::saysWhichDTypeIsNotSupported()
{
    QFETCH(QString, global);
    const auto document = pickle::read("}U\1actorch\n" + global.toStdString() + "\ns.");
    QVERIFY(!document);
    QCOMPARE(document.error().code, ErrorCode::Unsupported);
    const std::string said = "It holds numbers of torch." + global.toStdString() + ", a dtype that is not supported";
    QVERIFY2(document.error().message.starts_with(said), document.error().message.c_str());
    QVERIFY(document.error().message.find("convert the tensors to float32") != std::string::npos);
}

void TestPickle::callsAModuleWhatItIs()
{
    const std::string said = messageFor("\x80\2ctorchvision.models.resnet\nResNet\n)\x81}b.");
    QVERIFY2(said.find("whole pickled torchvision.models.resnet.ResNet") != std::string::npos, said.c_str());
}

void TestPickle::refusesWhatIsNoTensorOfPyTorchs_data()
{
    QTest::addColumn<QByteArray>("bytes");
    const auto row = [](const char* name, const std::string& bytes) {
        QTest::newRow(name) << QByteArray(bytes.data(), static_cast<qsizetype>(bytes.size()));
    };
    row("nothing", ".");
    row("an operation that is none", "\xff.");
    row("a mark alone", "(.");
    row("a value that was not kept", "h\1.");
    row("a key without a value", "}(K\1u.");
    row("an item put into a number", "K\1K\2a.");
    row("a call of a number", "K\1)R.");
    row("a call of a storage type", "ctorch\nFloatStorage\n)R.");
    row("a tensor without arguments", "ctorch._utils\n_rebuild_tensor_v2\n)R.");
    row("a storage that is a number", "K\1Q.");
    row("a storage of a number's type", "(U\7storageK\1U\1" + "0U\3cpuK\1tQ."s);
    row("negative strides", "ctorch._utils\n_rebuild_tensor_v2\n(" + storage("FloatStorage", 6) +
                                "K\0K\2\x85J\xff\xff\xff\xff\x85\x89NtR."s);
    row("more extents than strides",
        "ctorch._utils\n_rebuild_tensor_v2\n(" + storage("FloatStorage", 6) + "K\0K\2K\3\x86K\1\x85\x89NtR."s);
}

void TestPickle::refusesWhatIsNoTensorOfPyTorchs()
{
    QFETCH(QByteArray, bytes);
    const auto document = pickle::read({bytes.data(), static_cast<std::size_t>(bytes.size())});
    QVERIFY(!document);
    QCOMPARE(document.error().code, ErrorCode::BadFile);
    QVERIFY(document.error().message.ends_with('.'));
}

void TestPickle::refusesTruncationAtEveryByte()
{
    const std::string whole = "}U\1w" + tensor(3) + "s.";
    QVERIFY(pickle::read(whole));
    for (std::size_t length = 0; length < whole.size(); ++length)
        QVERIFY(!pickle::read(std::string_view(whole).substr(0, length)));
}

void TestPickle::refusesMoreExtentsThanAnyTensorHas()
{
    std::string ones;
    for (int i = 0; i < 17; ++i)
        ones += "K\1";
    const std::string said = messageFor("ctorch._utils\n_rebuild_tensor_v2\n(" + storage("FloatStorage", 1) + "K\0("s +
                                        ones + "t(" + ones + "t\x89NtR.");
    QVERIFY2(said.find("more extents") != std::string::npos, said.c_str());
}

QTEST_APPLESS_MAIN(TestPickle)
#include "tst_pickle.moc"
