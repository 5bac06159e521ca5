#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/engine/backend.h"
#include "core/formats/model_file.h"
#include "core/training/teacher_table.h"

/// A teacher's answers, asked once and kept in a file.
namespace lathe {

/// What a teacher is asked beside its logits.
struct HintQuestion {
    Hint::Kind kind = Hint::Kind::Attention;
    std::string node; ///< of the teacher
};

struct TeacherQuestion {
    const LoadedModel& teacher;  ///< with weights
    Normalisation normalisation; ///< such as the teacher takes, one entry for each channel of its input
    const Dataset& dataset;      ///< its training part is asked about
    TrainingOptions training;    ///< whose views are asked about; without, the images as they are
    std::optional<HintQuestion> hint = {};
};

/// All that decides on the answers, as JSON.
std::string identityOf(const TeacherQuestion& question);

/// Where the answers to a question are kept below a folder: the name holds a checksum of all that decides on them.
std::filesystem::path answersFile(const TeacherQuestion& question, const std::filesystem::path& folder);

/// Reads the file of answers, or asks the teacher and writes it (atomically, part by part: what a stop or a crash
/// leaves is gone on with). A file of other answers, or with other bytes than were written, is not used and written
/// anew. The table looks into the file, which is mapped into memory. Cancelled where it is stopped.
Result<TeacherTable> askTeacher(Backend& backend, const TeacherQuestion& question, const std::filesystem::path& folder,
                                const ProgressSink& progress = {}, std::stop_token stop = {});

} // namespace lathe
