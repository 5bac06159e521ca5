#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/files.h"

namespace fs = std::filesystem;

namespace {

constexpr uid_t kNobody = 65534;

/// Root may write everywhere, so permissions are tried as somebody else.
class WithoutPrivileges {
public:
    WithoutPrivileges() : m_wasRoot(::geteuid() == 0) { m_ok = !m_wasRoot || ::seteuid(kNobody) == 0; }
    ~WithoutPrivileges()
    {
        if (m_wasRoot && ::seteuid(0) != 0)
            std::abort();
    }
    bool ok() const { return m_ok; }

private:
    bool m_wasRoot;
    bool m_ok = false;
};

/// Files of this process end at so many bytes, as on a full disk.
class SizeLimit {
public:
    explicit SizeLimit(rlim_t bytes)
    {
        ::getrlimit(RLIMIT_FSIZE, &m_before);
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{bytes, m_before.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~SizeLimit() { ::setrlimit(RLIMIT_FSIZE, &m_before); }

private:
    rlimit m_before{};
};

std::string content(const fs::path& path)
{
    return lathe::readFile(path).value_or("(unreadable)");
}

} // namespace

class TestFiles : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void bytesThatEndEarlyLeaveTheOldFile();
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        fs::permissions(path(""), fs::perms(0755));
    }

    void whatIsWrittenIsRead()
    {
        const std::string bytes("a\0b\r\n\xff", 6);
        QVERIFY(lathe::writeFileAtomically(path("a"), bytes).has_value());
        QCOMPARE(content(path("a")), bytes);
        QVERIFY(lathe::writeFileAtomically(path("a"), std::string()).has_value());
        QCOMPARE(content(path("a")), std::string());
    }

    void piecesAreJoined()
    {
        QVERIFY(lathe::writeFileAtomically(path("a"), std::vector<std::string_view>{"one ", "", "two"}).has_value());
        QCOMPARE(content(path("a")), std::string("one two"));
    }

    void aLargeFileComesBack()
    {
        const std::string bytes(3'000'001, 'x');
        QVERIFY(lathe::writeFileAtomically(path("a"), bytes).has_value());
        QVERIFY(content(path("a")) == bytes);
    }

    void nothingButTheFileIsLeft()
    {
        QVERIFY(lathe::writeFileAtomically(path("a"), "1").has_value());
        QVERIFY(lathe::writeFileAtomically(path("a"), "2").has_value());
        QCOMPARE(entries(), QStringList{"a"});
    }

    void aRelativeNameIsInTheCurrentFolder()
    {
        const fs::path before = fs::current_path();
        fs::current_path(path(""));
        const bool written = lathe::writeFileAtomically("plain", "1").has_value();
        fs::current_path(before);
        QVERIFY(written);
        QCOMPARE(content(path("plain")), std::string("1"));
    }

    void anExistingFileKeepsItsPermissions()
    {
        QVERIFY(lathe::writeFileAtomically(path("a"), "1").has_value());
        fs::permissions(path("a"), fs::perms(0640));
        QVERIFY(lathe::writeFileAtomically(path("a"), "2").has_value());
        QVERIFY(fs::status(path("a")).permissions() == fs::perms(0640));
    }

    void aNewFileHeedsTheUmask()
    {
        const mode_t before = ::umask(027);
        const bool written = lathe::writeFileAtomically(path("a"), "1").has_value();
        ::umask(before);
        QVERIFY(written);
        QVERIFY(fs::status(path("a")).permissions() == fs::perms(0640));
    }

    void aLinkStaysAndItsTargetIsWritten()
    {
        fs::create_directory(path("sub"));
        QVERIFY(lathe::writeFileAtomically(path("sub/target"), "old").has_value());
        fs::create_symlink("sub/target", path("link"));
        fs::create_symlink("link", path("link2"));
        QVERIFY(lathe::writeFileAtomically(path("link2"), "new").has_value());
        QCOMPARE(content(path("sub/target")), std::string("new"));
        QVERIFY(fs::is_symlink(path("link")) && fs::is_symlink(path("link2")));
    }

    void aLinkToNothingMakesItsTarget()
    {
        fs::create_symlink("later", path("link"));
        QVERIFY(lathe::writeFileAtomically(path("link"), "new").has_value());
        QVERIFY(fs::is_symlink(path("link")));
        QCOMPARE(content(path("later")), std::string("new"));
    }

    void linksInACircleFail()
    {
        fs::create_symlink("b", path("a"));
        fs::create_symlink("a", path("b"));
        QVERIFY(!lathe::writeFileAtomically(path("a"), "new"));
        QCOMPARE(entries(), (QStringList{"a", "b"}));
    }

    void aMissingFolderIsNamed()
    {
        const auto result = lathe::writeFileAtomically(path("missing/a"), "1");
        QVERIFY(!result);
        QVERIFY(result.error().code == lathe::ErrorCode::NotFound);
        QCOMPARE(result.error().message, path("missing/a").string() + " could not be written: its folder does not "
                                                                      "exist; make it or choose another place.");
    }

    void aFolderIsNotReplaced()
    {
        fs::create_directory(path("sub"));
        const auto result = lathe::writeFileAtomically(path("sub"), "1");
        QVERIFY(!result);
        QVERIFY(result.error().message.ends_with("could not be written: it is a folder; give the name of a file."));
        QVERIFY(fs::is_directory(path("sub")));
    }

    void aFileIsNoFolder()
    {
        QVERIFY(lathe::writeFileAtomically(path("a"), "1").has_value());
        const auto written = lathe::writeFileAtomically(path("a/b"), "1");
        QVERIFY(!written);
        QCOMPARE(written.error().code, lathe::ErrorCode::NotFound);
        QCOMPARE(written.error().message, path("a/b").string() + " could not be written: a part of its path is a file, "
                                                                 "not a folder; choose another place.");
        const auto read = lathe::readFile(path("a/b"));
        QVERIFY(!read);
        QCOMPARE(read.error().code, lathe::ErrorCode::NotFound);
        QCOMPARE(read.error().message, path("a/b").string() + " could not be read: a part of its path is a file, not a "
                                                              "folder; correct the path.");
    }

    void aFolderWithoutPermissionIsTold()
    {
        QVERIFY(lathe::writeFileAtomically(path("a"), "old").has_value());
        fs::permissions(path(""), fs::perms(0555));
        std::string message;
        {
            const WithoutPrivileges nobody;
            if (!nobody.ok())
                QSKIP("Cannot drop privileges here to try permissions.");
            const auto result = lathe::writeFileAtomically(path("b"), "new");
            message = result ? "" : result.error().message;
        }
        fs::permissions(path(""), fs::perms(0755));
        QCOMPARE(message,
                 path("b").string() + " could not be written: no permission to write there; choose another place.");
        QCOMPARE(entries(), QStringList{"a"});
    }

    void aReadOnlyFileStays()
    {
        QVERIFY(lathe::writeFileAtomically(path("a"), "old").has_value());
        fs::permissions(path("a"), fs::perms(0444));
        fs::permissions(path(""), fs::perms(0777));
        bool written = true;
        {
            const WithoutPrivileges nobody;
            if (!nobody.ok())
                QSKIP("Cannot drop privileges here to try permissions.");
            written = lathe::writeFileAtomically(path("a"), "new").has_value();
        }
        QVERIFY(!written);
        QCOMPARE(content(path("a")), std::string("old"));
    }

    void aFailureHalfwayKeepsTheOldFileAndLeavesNoOther()
    {
        QVERIFY(lathe::writeFileAtomically(path("a"), "old").has_value());
        bool written = true;
        {
            const SizeLimit limit(100'000);
            written = lathe::writeFileAtomically(path("a"), std::string(1'000'000, 'x')).has_value();
        }
        QVERIFY(!written);
        QCOMPARE(content(path("a")), std::string("old"));
        QCOMPARE(entries(), QStringList{"a"});
    }

    void noSpaceIsToldAndADeviceStaysADevice()
    {
        if (!fs::exists("/dev/full"))
            QSKIP("No /dev/full here.");
        const auto result = lathe::writeFileAtomically("/dev/full", "1");
        QVERIFY(!result);
        QCOMPARE(result.error().message, std::string("/dev/full could not be written: no space is left on the disk; "
                                                     "free some or choose another place."));
        QVERIFY(fs::is_character_file("/dev/full"));
        QVERIFY(lathe::writeFileAtomically("/dev/null", "1").has_value());
        QVERIFY(fs::is_character_file("/dev/null"));
    }

    void aNameTooLongIsTold()
    {
        const auto result = lathe::writeFileAtomically(path(std::string(300, 'n').c_str()), "1");
        QVERIFY(!result);
        QVERIFY(result.error().message.ends_with("its name is too long; choose a shorter one."));
    }

    void readingTellsWhatIsWrong()
    {
        const auto missing = lathe::readFile(path("no"));
        QVERIFY(!missing);
        QVERIFY(missing.error().code == lathe::ErrorCode::NotFound);
        QCOMPARE(missing.error().message, path("no").string() + " could not be read: there is no such file.");
        const auto folder = lathe::readFile(path(""));
        QVERIFY(!folder);
        QVERIFY(folder.error().message.ends_with("could not be read: it is a folder; give the name of a file."));
    }

private:
    fs::path path(const char* name) const
    {
        return *name ? fs::path(m_folder->filePath(name).toStdString()) : fs::path(m_folder->path().toStdString());
    }

    QStringList entries() const
    {
        return QDir(m_folder->path()).entryList(QDir::NoDotAndDotDot | QDir::AllEntries | QDir::Hidden | QDir::System);
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestFiles::bytesThatEndEarlyLeaveTheOldFile()
{
    const QTemporaryDir folder;
    const std::string path = folder.filePath("file").toStdString();
    const auto write = [&](bool isWhole) {
        return lathe::writeFileAtomically(path,
                                          [&](const lathe::PutBytes& put) { return put("ab") && put("c") && isWhole; });
    };
    QVERIFY(write(true));
    QCOMPARE(*lathe::readFile(path), std::string("abc"));
    QVERIFY(lathe::writeFileAtomically(path, std::string_view("old")));
    QVERIFY(!write(false));
    QCOMPARE(*lathe::readFile(path), std::string("old"));
}

QTEST_APPLESS_MAIN(TestFiles)
#include "tst_files.moc"
