#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/base/files.h"
#include "core/base/result.h"
#include "core/session/record.h"

namespace lathe {

/// What the user set up to be measured: the cross product is a sweep.
struct Setup {
    std::vector<std::string> models;
    std::vector<std::string> modes{"eager"};
    std::vector<std::int64_t> batches{1};
    std::vector<int> threads;  ///< empty: all cores
    std::vector<Shape> inputs; ///< empty: each model's default
    std::string device = "cpu";
    double precisionTarget = 0.02; ///< half width of the interval of the median, as a share of it
    double maxSeconds = 20.0;      ///< a configuration
    bool isolate = false;          ///< a fresh process for each configuration
    bool layers = true;            ///< time each layer as well

    bool operator==(const Setup&) const = default;
};

/// What the user set in the sweep plot. A title that is empty is made from what its axis shows.
struct SweepSettings {
    std::string batchTitle; ///< of the x axis, over batch sizes
    std::string threadsTitle;
    std::string latencyTitle;
    std::string throughputTitle;
    std::vector<std::string> hidden; ///< curves

    bool operator==(const SweepSettings&) const = default;
};

/// What the user set in the plot of raw samples.
struct SamplesSettings {
    std::string timeTitle; ///< of the axis that shows milliseconds
    std::string shareTitle;
    std::string orderTitle;
    std::vector<std::string> hidden; ///< ids of records

    bool operator==(const SamplesSettings&) const = default;
};

/// A limit the user set on a quantity, in its axis' unit: at most where less is better, at least otherwise.
struct BudgetSetting {
    std::string quantity;
    double limit = 0.0;

    bool operator==(const BudgetSetting&) const = default;
};

/// What the user set in the view *Choose*. A title that is empty is made from what its axis shows.
struct ChooseSettings {
    std::string x = "latency";
    std::string y = "top1";
    std::string third;  ///< empty: the front is over two quantities
    std::string prefer; ///< empty: top-1, or throughput where there is a budget of top-1
    std::vector<BudgetSetting> budgets;
    std::string title;
    std::string xTitle;
    std::string yTitle;

    bool operator==(const ChooseSettings&) const = default;
};

/// What the user set in the view *Trend*.
struct TrendSettings {
    std::string x = "params"; ///< or "macs"
    std::string y = "throughput";
    std::string conditions; ///< "eager · batch 1 · 2 threads"; empty: those that most networks were measured under
    bool overlay = false;   ///< the table's points too
    std::string title;
    std::string xTitle;
    std::string yTitle;
    std::vector<std::string> hidden; ///< types

    bool operator==(const TrendSettings&) const = default;
};

/// How the scatter is drawn, and the other plots' settings; quantities are `quantityName`s.
struct PlotSettings {
    std::string x = "params";
    std::string y = "throughput";
    bool xLog = true;
    bool yLog = true;
    std::string colour = "type"; ///< type, family, mode, scheme, machine
    std::string size;            ///< quantity of the marker's area; empty: all alike
    bool labels = true;
    bool intervals = true;
    bool front = true;
    bool trend = false;
    bool arrows = true;          ///< from each network to what was made from it
    std::string overlay;         ///< path of a timm table; empty: none
    std::string overlayAccuracy; ///< path of its accuracy table
    std::string title;
    std::string xTitle; ///< empty: made from the quantity
    std::string yTitle;
    std::vector<std::string> hidden; ///< series that the legend shows in grey: "type:cnn", "overlay", "front"
    SweepSettings sweep;
    SamplesSettings samples;
    ChooseSettings choose;
    TrendSettings trends;

    bool operator==(const PlotSettings&) const = default;
};

/// What an interleaved comparison of two records' configurations showed.
struct ComparisonRecord {
    std::string firstId;
    std::string secondId;
    std::string time;   ///< ISO 8601, UTC
    double ratio = 1.0; ///< the second's time over the first's
    double ratioLow = 1.0;
    double ratioHigh = 1.0;
    std::string sentence;              ///< the verdict in words
    std::vector<std::string> warnings; ///< sentences on what disturbed it

    bool operator==(const ComparisonRecord&) const = default;
};

/// The document: what was set up, measured and drawn.
struct Session {
    static constexpr int kFormatVersion = 1;
    Setup setup;
    PlotSettings plot;
    std::vector<ComparisonRecord> comparisons;
    std::vector<Record> records;
    std::string notes;
};

/// A session as read, and what of the file could not be.
struct LoadedSession {
    Session session;
    std::vector<std::string> lost; ///< one sentence each; empty for a sound file
};

/// Appends the records whose ids the session lacks; their number.
int addMissing(Session& session, const std::vector<Record>& records);

/// Text of a `.lathe` file, and back. A damaged text gives what is sound; one of a newer format version, or of
/// no session at all, is an error.
std::string sessionToJson(const Session& session);
Result<LoadedSession> sessionFromJson(const std::string& text);

/// One record as a JSON document in the headless contract's names, and back. Doubles come back bit by bit; those
/// that JSON has no number for are the texts "NaN", "Infinity" and "-Infinity".
std::string recordToJson(const Record& record, int indent = -1);
Result<Record> recordFromJson(const std::string& text);

/// `{"environment": ..., "records": [...]}`, as `lathe bench --json` prints it.
std::string recordsToJson(const std::vector<Record>& records, const Environment& environment);
/// The records of such a document; fails with the first that is broken.
Result<std::vector<Record>> recordsFromJson(const std::string& text);

/// RFC 4180: one row a record under a header of names with units; numbers as in C, whatever the locale.
std::string recordsToCsv(const std::vector<Record>& records);

Result<void> saveSession(const Session& session, const std::filesystem::path& path);
Result<LoadedSession> loadSession(const std::filesystem::path& path);

/// Records on disk as they come, so that a crash loses none: one JSON line each beside the session
/// (`x.lathe` -> `x.lathe.journal`).
class Journal {
public:
    explicit Journal(std::filesystem::path path) : m_path(std::move(path)) {}
    const std::filesystem::path& path() const { return m_path; }

    /// Appends and flushes to the disk.
    Result<void> append(const Record& record) const;

    /// From here on these records, appended before, are not to come back.
    Result<void> retract(const std::vector<std::string>& ids) const;

    /// Records that were appended and not retracted since. Every whole line; a torn last line is what a crash leaves,
    /// and is passed over.
    std::vector<Record> read() const;
    bool exists() const;
    void remove() const;

    static std::filesystem::path beside(const std::filesystem::path& session);

private:
    Result<void> appendLines(const std::string& lines) const;

    std::filesystem::path m_path;
};

} // namespace lathe
