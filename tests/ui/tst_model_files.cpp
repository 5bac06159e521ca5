#include <QAction>
#include <QLabel>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QUndoStack>

#include "core/architectures/catalogue.h"
#include "core/base/files.h"
#include "core/formats/graph_json.h"
#include "ui/architectures/catalogue_model.h"
#include "ui/architectures/catalogue_panel.h"
#include "ui/architectures/model_file.h"
#include "ui/architectures/model_files.h"
#include "ui/session/document.h"

using namespace lathe;
using lathe::ui::CatalogueModel;
using lathe::ui::CataloguePanel;
using lathe::ui::Document;
using lathe::ui::ModelFiles;
using lathe::ui::Questions;

/// Model files among the models of the setup.
class ModelFilesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void anAddedFileIsTickedAndCanBeUndone();
    void whatCannotBeReadIsASentenceAndNoRow();
    void aSealedProgramSaysWhatCannotBeDone();
    void aSessionsFilesComeBack();
    void aMissingFileIsShownAsMissing();
    void anArchitectureIsSavedAndAddedAgain();
    void savingNeedsARow();

private:
    QString save(const QString& name)
    {
        const Architecture& lenet = **findArchitecture("lenet");
        const QString path = m_folder->filePath(name);
        static_cast<void>(
            writeFileAtomically(path.toStdString(), graphToJson({*lenet.build({}), "my own", ArchitectureType::Mlp})));
        return path;
    }
    int rowOf(const QString& model) const
    {
        for (int row = 0; row < rows()->rowCount(); ++row)
            if (rows()->index(row, 0).data(CatalogueModel::ModelRole).toString() == model)
                return row;
        return -1;
    }
    QString cell(const QString& model, int column) const
    {
        return rows()->index(rowOf(model), column).data().toString();
    }
    const QAbstractItemModel* rows() const { return m_panel->table()->model(); }
    QLabel* problem() const { return m_panel->findChild<QLabel*>("modelFileError"); }
    std::vector<std::string> models() const { return m_document->setup().models; }
    Questions answers()
    {
        Questions questions;
        questions.openFile = [this](QWidget*, const QString&, const QString&) { return m_answer; };
        questions.saveFile = [this](QWidget*, const QString&, const QString& suggested, const QString&) {
            m_suggested = suggested;
            return m_answer;
        };
        questions.tell = [this](QWidget*, const QString&, const QString& text) { m_told << text; };
        return questions;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Document> m_document;
    std::unique_ptr<CataloguePanel> m_panel;
    QString m_answer;
    QString m_suggested;
    QStringList m_told;
};

void ModelFilesTest::init()
{
    m_panel.reset();
    m_folder = std::make_unique<QTemporaryDir>();
    m_document = std::make_unique<Document>();
    m_panel = std::make_unique<CataloguePanel>(m_document.get());
    m_told.clear();
}

void ModelFilesTest::anAddedFileIsTickedAndCanBeUndone()
{
    const QString path = save("mine.json");
    QAction add("&Add model file…");
    QAction keep("Save");
    m_panel->setFileActions(&add, &keep);
    ModelFiles files(m_panel.get(), answers(), m_panel.get());
    connect(&add, &QAction::triggered, &files, &ModelFiles::add);
    m_answer = path;
    m_panel->findChild<QToolButton*>("addModelButton")->click();
    QTRY_COMPARE(models(), (std::vector<std::string>{path.toStdString()}));
    QCOMPARE(cell(path, CatalogueModel::Name), QString("mine.json"));
    QCOMPARE(cell(path, CatalogueModel::Family), QString("my own"));
    QCOMPARE(cell(path, CatalogueModel::Type), QString("mlp"));
    QVERIFY(!cell(path, CatalogueModel::Params).isEmpty());
    QVERIFY(m_panel->findChild<QLabel*>("catalogueSummary")->text().contains("ticked: mine.json"));
    QCOMPARE(m_document->undoStack()->undoText(), QString("Add mine.json"));
    QCOMPARE(m_panel->currentModel(), path); // at the end of the list, and in sight
    m_document->undoStack()->undo();
    QVERIFY(models().empty());
    QVERIFY(rowOf(path) >= 0); // still on the list
}

void ModelFilesTest::whatCannotBeReadIsASentenceAndNoRow()
{
    const QString path = m_folder->filePath("broken.json");
    QVERIFY(writeFileAtomically(path.toStdString(), "{ nothing }"));
    m_panel->addModelFiles({path});
    QTRY_VERIFY(!problem()->text().isEmpty());
    QVERIFY(problem()->text().contains("broken.json: line 1, column "));
    QVERIFY(models().empty());
    QCOMPARE(rowOf(path), -1);
    m_panel->addModelFiles({save("mine.json")});
    QTRY_VERIFY(problem()->text().isEmpty());
}

void ModelFilesTest::aSealedProgramSaysWhatCannotBeDone()
{
    const QString path = QStringLiteral(LATHE_TEST_DATA "/torchscript/softmax_traced.pt");
    Setup setup;
    setup.inputs = {{3, 16, 16}}; // the program does not say what it takes
    m_document->setSetup(setup, "Input");
    m_panel->addModelFiles({path});
    QTRY_VERIFY(rowOf(path) >= 0);
    QVERIFY(rows()->index(rowOf(path), 0).data(Qt::ToolTipRole).toString().contains("It is sealed"));
}

void ModelFilesTest::aSessionsFilesComeBack()
{
    const QString path = save("mine.json");
    Session session;
    session.setup.models = {"lenet", path.toStdString()};
    const QString file = m_folder->filePath("s.lathe");
    QVERIFY(saveSession(session, file.toStdString()));
    QVERIFY(m_document->open(file));
    QTRY_COMPARE(cell(path, CatalogueModel::Family), QString("my own"));
    QCOMPARE(rows()->index(rowOf(path), 0).data(Qt::CheckStateRole).toInt(), int(Qt::Checked));
    QVERIFY(!m_document->isModified());
}

void ModelFilesTest::aMissingFileIsShownAsMissing()
{
    const QString path = m_folder->filePath("gone.json");
    Setup setup;
    setup.models = {path.toStdString()};
    m_document->setSetup(setup, "Tick");
    QTRY_VERIFY(problem()->text().contains("gone.json is missing"));
    QCOMPARE(cell(path, CatalogueModel::Type), QString("missing"));
    QVERIFY(rows()->index(rowOf(path), 0).data(Qt::ToolTipRole).toString().contains("put it back"));
    setup.models = {"lenet"};
    m_document->setSetup(setup, "Untick");
    QVERIFY(problem()->text().isEmpty());
}

void ModelFilesTest::anArchitectureIsSavedAndAddedAgain()
{
    ModelFiles files(m_panel.get(), answers(), m_panel.get());
    QSignalSpy told(&files, &ModelFiles::told);
    m_answer = m_folder->filePath("resnet18.json");
    m_panel->table()->setCurrentIndex(rows()->index(rowOf("resnet18"), 0));
    files.saveArchitecture();
    QCOMPARE(m_suggested, QString("resnet18.json"));
    QTRY_COMPARE(told.count(), 1);
    QVERIFY(m_told.isEmpty());
    m_panel->addModelFiles({m_answer});
    QTRY_COMPARE(cell(m_answer, CatalogueModel::Params), QString("11.7"));
    QCOMPARE(cell(m_answer, CatalogueModel::Gmacs), QString("1.81"));

    m_answer = m_folder->filePath("no/such/folder.json");
    files.saveArchitecture();
    QTRY_COMPARE(m_told.size(), 1);
    QVERIFY(m_told.first().contains("folder.json"));
}

void ModelFilesTest::savingNeedsARow()
{
    ModelFiles files(m_panel.get(), answers(), m_panel.get());
    files.saveArchitecture();
    QVERIFY(m_told.first().contains("Choose a row"));
}

QTEST_MAIN(ModelFilesTest)
#include "tst_model_files.moc"
