#include <fmt/format.h>

#include "app/checks.h"
#include "app/command.h"
#include "app/measuring.h"
#include "app/output.h"
#include "app/stop.h"
#include "core/analysis/significant.h"
#include "core/distillation/claim_study.h"

namespace lathe::cli {

namespace {

struct Options {
    ClaimWish wish;
    std::string save;
    bool json = false;
};

void print(const ClaimStudy& study)
{
    std::vector<std::vector<std::string>> speeds;
    for (const ClaimSpeed& s : study.speeds)
        speeds.push_back({fmt::format("{}", s.tokens), fmt::format("{}", s.batch), formatSignificant(s.largerMs),
                          formatSignificant(s.smallerMs),
                          fmt::format("{} ({})", formatSignificant(s.ratio), formatRange(s.low, s.high))});
    printTable({"tokens", "batch", study.claim.largerTitle + " ms", study.claim.smallerTitle + " ms", "times as fast"},
               speeds);
    fmt::print("\n");
    std::vector<std::vector<std::string>> parts;
    for (const ClaimPart& p : study.parts)
        parts.push_back({p.name, formatSi(static_cast<double>(p.largerParameters)),
                         formatSi(static_cast<double>(p.smallerParameters)), formatSignificant(p.largerMs),
                         formatSignificant(p.smallerMs)});
    printTable({"part", study.claim.largerTitle + " params", study.claim.smallerTitle + " params",
                study.claim.largerTitle + " ms", study.claim.smallerTitle + " ms"},
               parts);
    fmt::print("\n");
    for (const std::string& sentence : claimSentences(study))
        fmt::print("{}\n", sentence);
}

Result<void> run(const Options& options)
{
    const Result<Backend*> backend = loadBackend();
    if (!backend)
        return tl::unexpected(backend.error());
    std::optional<SessionAppender> session;
    if (!options.save.empty()) {
        Result<SessionAppender> opened = SessionAppender::open(options.save);
        if (!opened)
            return tl::unexpected(opened.error());
        session = *std::move(opened);
    }
    const StopOnInterrupt interrupt;
    const auto study = studyClaim(**backend, claims().front(), options.wish, interrupt.token(),
                                  [](const Progress& progress) { printStatus(progress.what); });
    printStatus("");
    if (!study)
        return tl::unexpected(study.error());
    if (session) {
        for (const Record& record : study->records)
            session->append(record);
        if (const auto saved = session->save(); !saved)
            return saved;
    }
    if (options.json)
        fmt::print("{}\n", claimJson(*study));
    else
        print(*study);
    return {};
}

} // namespace

void addClaims(CLI::App& app, Action& action)
{
    CLI::App* command =
        app.add_subcommand("claims", "What was published about DistilBERT beside BERT, and what is found here");
    const auto options = std::make_shared<Options>();
    addListOption(*command, "--lengths", options->wish.lengths, "Of the sequence, in tokens (32,128,384)")
        ->check(between(1, 512));
    addListOption(*command, "--batches", options->wish.batches, "Batch sizes (1,8)")->check(atLeastOne());
    command->add_option("--mode", options->wish.mode, "That both run in (fused)");
    command->add_option("--threads", options->wish.threads, "Threads an operation uses; all cores by default")
        ->check(threadCount());
    command->add_option("--max-seconds", options->wish.secondsEach, "Time limit of one comparison (10)")
        ->check(between(0.1, 86400.0));
    command->add_option("--save", options->save, "Session to append the records to; made if it is not there");
    command->add_flag("--json", options->json, "One JSON document on standard output");
    command->callback([&action, options] { action = [options] { return run(*options); }; });
}

} // namespace lathe::cli
