#pragma once

// Private to core/formats: single values of a graph's JSON, their limits, and what is said where they are wrong.

#include <cstdint>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "core/graph/graph.h"

namespace lathe::graphjson {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kLargestNumber = 2'147'483'647; ///< of any whole number
constexpr std::int64_t kLargestSize = 16'384;          ///< of a height or width: kernels, strides, windows
constexpr std::size_t kLargestRank = 8;

/// Elements of one value, and of all parameters together: no byte count leaves 64 bits, whatever the batch.
constexpr std::int64_t kMostElements = std::int64_t{1} << 36;

/// The product where every extent is at least 1 and it is at most kMostElements.
std::optional<std::int64_t> countWithinLimits(const Shape& shape);

/// The same with extents under 1 taken as 1: what they mean, and whether they may be, is the operation's to say.
std::optional<std::int64_t> countAtLeast(Shape shape);

Json encode(std::int64_t value);
Json encode(double value);
Json encode(bool value);
Json encode(const op::Size2& value); ///< one number where both are alike
Json encode(const Shape& value);
Json encode(op::Attention::Kind value);

/// Each returns what the value should be, "a whole number from 1 to 2147483647"; empty where it is that.
std::string decode(const Json& json, std::int64_t& value, std::int64_t least);
std::string decode(const Json& json, double& value, std::int64_t least);
std::string decode(const Json& json, bool& value, std::int64_t least);
std::string decode(const Json& json, op::Size2& value, std::int64_t least);
std::string decode(const Json& json, Shape& value, std::int64_t least);
std::string decode(const Json& json, op::Attention::Kind& value, std::int64_t least);

/// {"normal": 0.02}, {"relative_position_index": [7, 7]}, ...
Json encode(const Initialisation& value);
std::string decode(const Json& json, Initialisation& value);

/// A name that can stand in tables and messages: some characters, none of them for control.
std::string decodeName(const Json& json, std::string& value);

/// The value as a message quotes it, shortened.
std::string quoted(const Json& json);

/// "; did you mean \"x\"?" where one of `names` is near; otherwise `otherwise`.
std::string suggestion(const std::string& name, const std::vector<std::string>& names,
                       const std::string& otherwise = {});

} // namespace lathe::graphjson
