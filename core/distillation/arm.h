#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/training/training.h"

/// One training of an experiment, and the file that says what it came to.
namespace lathe {

enum class Arm {
    Control,  ///< labels alone
    Distilled ///< labels and teacher
};

/// LoadedModel::scheme of a distilled student; its origin is the teacher.
inline constexpr const char* kDistilledScheme = "distilled";

/// "control", "distilled".
std::string_view name(Arm arm);

struct ArmResult {
    Arm arm = Arm::Control;
    std::uint64_t seed = 0;
    std::filesystem::path model; ///< the trained student's file
    std::vector<EpochResult> history;
    int keptEpoch = 0;
    Evaluation test;

    double seconds() const; ///< of training
};

/// [label][predicted class], of the arms together; at least one.
std::vector<std::vector<std::int64_t>> summedConfusion(const std::vector<ArmResult>& arms);

/// "control-0.safetensors" in that folder.
std::filesystem::path armModel(const std::filesystem::path& folder, Arm arm, std::uint64_t seed);

/// Writes "control-0.json" beside the model, with a checksum of the model's file. Atomic.
Result<void> writeArm(const ArmResult& result);

/// What `writeArm` wrote; nothing where the arm has not come to its end, or where its model is not the one it ended
/// with.
std::optional<ArmResult> readArm(const std::filesystem::path& folder, Arm arm, std::uint64_t seed);

} // namespace lathe
