#include "core/analysis/throughput_unit.h"

#include <algorithm>

namespace lathe {

namespace {

constexpr std::string_view kImages = "images/s";
constexpr std::string_view kSamples = "samples/s";

/// A number of tokens is one extent; an image has three.
bool takesTokens(const Record& record)
{
    return record.configuration.input.size() == 1;
}

} // namespace

std::string throughputUnit(const std::vector<Record>& records)
{
    return std::string(std::any_of(records.begin(), records.end(), takesTokens) ? kSamples : kImages);
}

std::string throughputUnit(const Record& record)
{
    return std::string(takesTokens(record) ? kSamples : kImages);
}

std::string withThroughputUnit(std::string title, const std::vector<Record>& records)
{
    if (const std::size_t found = title.find(kImages); found != std::string::npos)
        title.replace(found, kImages.size(), throughputUnit(records));
    return title;
}

} // namespace lathe
