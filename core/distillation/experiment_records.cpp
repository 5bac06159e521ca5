#include "core/distillation/experiment_records.h"

#include "core/benchmark/measure.h"

namespace lathe {

Result<std::vector<Record>> recordsOf(Backend& backend, const ExperimentSubject& subject,
                                      const ExperimentResult& result, int threads, double secondsEach,
                                      const std::stop_token& stop, const ProgressSink& progress)
{
    MeasureOptions options;
    options.maxSeconds = secondsEach;
    struct Entry {
        std::string model;
        double accuracy = 0.0;
        const char* what = "";
    };
    const Entry networks[] = {
        {subject.names.teacher, result.teacher.accuracy, "measuring the teacher"},
        {result.control.front().model.string(), result.control.front().test.accuracy, "measuring the control"},
        {result.distilled.front().model.string(), result.distilled.front().test.accuracy,
         "measuring the distilled student"}};
    std::vector<Record> records;
    for (const Entry& network : networks) {
        if (progress)
            progress({-1.0, network.what});
        auto record = measureConfiguration(backend, {network.model, "fused", 1, threads, {}, "cpu"}, options, stop, {});
        if (!record)
            return tl::unexpected(record.error());
        record->top1 = network.accuracy;
        record->top1Dataset = subject.dataset.name;
        records.push_back(*std::move(record));
    }
    return records;
}

} // namespace lathe
