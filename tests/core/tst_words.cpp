#include <QTest>

#include "core/base/words.h"

using namespace lathe;

class TestWords : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void leavesAShortTextAsItIs();
    void leavesOutTheMiddleOfALongText();
    void cutsBetweenCharacters();
    void makesALineThatATerminalObeysNotAtAll_data();
    void makesALineThatATerminalObeysNotAtAll();
};

void TestWords::leavesAShortTextAsItIs()
{
    QCOMPARE(shortened("abcdefghi", 9), std::string("abcdefghi"));
    QCOMPARE(shortened("", 0), std::string());
}

void TestWords::leavesOutTheMiddleOfALongText()
{
    QCOMPARE(shortened("abcdefghij", 9), std::string("abc…hij"));
    QCOMPARE(shortened("os." + std::string(200000, 'x'), 120).size(), std::size_t{119});
}

void TestWords::cutsBetweenCharacters()
{
    QCOMPARE(shortened("äöüäöüäöü", 9), std::string("ä…ü"));
    QCOMPARE(shortened(std::string(50, '\x80'), 9), std::string("…"));
}

void TestWords::makesALineThatATerminalObeysNotAtAll_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("line");
    QTest::newRow("plain") << QByteArray("Größe: 3 × 4 – “ok” 🙂")
                           << QByteArray("Größe: 3 × 4 – “ok” 🙂");
    QTest::newRow("colour") << QByteArray("os.\x1b[31msystem") << QByteArray("os.?[31msystem");
    QTest::newRow("bell, delete") << QByteArray("a\a\x7f") << QByteArray("a??");
    QTest::newRow("line breaks") << QByteArray("a\r\nb\tc") << QByteArray("a  b c");
    QTest::newRow("C1 as UTF-8") << QByteArray("a\xc2\x9b"
                                               "31m")
                                 << QByteArray("a?31m");
    QTest::newRow("C1 as a byte") << QByteArray("a\x9b"
                                                "31m")
                                  << QByteArray("a?31m");
    QTest::newRow("no UTF-8") << QByteArray("\xff\xfe\xc3") << QByteArray("???");
    QTest::newRow("overlong escape") << QByteArray("\xc0\x9b") << QByteArray("??");
    QTest::newRow("nothing") << QByteArray("a\0b", 3) << QByteArray("a?b");
}

void TestWords::makesALineThatATerminalObeysNotAtAll()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, line);
    QCOMPARE(QByteArray::fromStdString(printable({text.data(), static_cast<std::size_t>(text.size())})), line);
}

QTEST_APPLESS_MAIN(TestWords)
#include "tst_words.moc"
