#include "core/benchmark/instructions.h"

#include <sstream>
#include <string_view>

namespace lathe {

namespace {

bool hasAny(const std::string& instructionSets, std::initializer_list<std::string_view> wanted)
{
    std::istringstream words(instructionSets);
    for (std::string word; words >> word;)
        for (const std::string_view name : wanted)
            if (word == name)
                return true;
    return false;
}

bool computesBFloat16(const std::string& instructionSets)
{
    return hasAny(instructionSets, {"BF16", "AMX"});
}

} // namespace

bool multipliesBytesExactly(const std::string& instructionSets)
{
    return hasAny(instructionSets, {"VNNI", "AMX", "I8MM"});
}

std::vector<std::string> missingInstructions(const std::string& instructionSets)
{
    std::vector<std::string> missing;
    if (!computesBFloat16(instructionSets))
        missing.emplace_back("This CPU has no instructions for bf16: it is computed by way of fp32, and slower.");
    if (!multipliesBytesExactly(instructionSets))
        missing.emplace_back("This CPU has no instructions for products of int8 (VNNI): it gains less from int8.");
    return missing;
}

std::optional<std::string> slownessOf(Mode mode, const std::string& instructionSets)
{
    if (mode != Mode::BFloat16 || computesBFloat16(instructionSets))
        return std::nullopt;
    return "This CPU has no instructions for bf16 (AVX-512 BF16 or AMX): every layer converts its values to float32 "
           "and "
           "back, so that bf16 halves the memory but takes longer than fused.";
}

} // namespace lathe
