#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "core/analysis/claims.h"
#include "core/base/progress.h"
#include "core/engine/backend.h"
#include "core/session/record.h"

/// What was published about a distilled network beside what is found here.
namespace lathe {

struct ClaimWish {
    std::vector<std::int64_t> lengths{32, 128, 384}; ///< of the sequence, in tokens
    std::vector<std::int64_t> batches{1, 8};
    std::string mode = "fused";
    int threads = 0;           ///< 0: all cores
    double secondsEach = 10.0; ///< of one comparison
};

/// Both networks in turns.
struct ClaimSpeed {
    std::int64_t tokens = 0;
    std::int64_t batch = 0;
    double largerMs = 0.0; ///< median of an inference
    double smallerMs = 0.0;
    double ratio = 1.0; ///< times as fast as the larger the smaller one is
    double low = 1.0;   ///< interval at kComparisonConfidence
    double high = 1.0;
};

/// A part that both or one of them have: "embeddings", "layer 3", "other".
struct ClaimPart {
    std::string name;
    std::int64_t largerParameters = 0;
    std::int64_t smallerParameters = 0;
    double largerMs = 0.0; ///< sum of its layers' times
    double smallerMs = 0.0;
};

struct ClaimStudy {
    Claim claim;
    std::int64_t largerParameters = 0;
    std::int64_t smallerParameters = 0;
    std::string mode;
    int threads = 0;
    std::vector<ClaimSpeed> speeds; ///< lengths outermost
    std::vector<ClaimPart> parts;   ///< embeddings, layers, other
    std::int64_t partTokens = 0;    ///< that the parts were timed at
    std::int64_t partBatch = 0;
    std::vector<Record> records; ///< of both networks, with their layers; for sessions

    double fewerParameters() const; ///< share
};

/// Measures both networks at every length and batch. InvalidArgument where there is no length or no batch, or one that
/// the networks cannot take; Cancelled.
Result<ClaimStudy> studyClaim(Backend& backend, const Claim& claim, const ClaimWish& wish, const std::stop_token& stop,
                              const ProgressSink& progress);

/// Parameters, speed, and what cannot be measured here, each beside what was published.
std::vector<std::string> claimSentences(const ClaimStudy& study);

std::string claimJson(const ClaimStudy& study);

} // namespace lathe
