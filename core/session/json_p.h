#pragma once

// Private to core: values to JSON and back from one list of fields a struct.
//
// A struct takes part by a function `fields(archive, value)` that calls `archive("key", value.member)` for each of
// its members; the same list writes and reads.

#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace lathe::json {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json; ///< keeps the order of the fields

/// A key that is missing or holds what it should not: "'batch' is not a whole number".
struct Problem {
    std::string key;
    std::string what;
};

/// Text that is JSON for every input: bytes that are no UTF-8 become U+FFFD.
inline std::string dump(const OrderedJson& json, int indent = -1)
{
    return json.dump(indent, ' ', false, OrderedJson::error_handler_t::replace);
}

class Writer;
class Reader;

template <class T>
concept HasFields = requires(Writer& archive, T& value)
{
    fields(archive, value);
};

template <class T, class U>
concept Like = std::same_as<std::remove_const_t<T>, U>;

/// JSON has no numbers for these, and null would hide them.
inline OrderedJson encode(double value)
{
    if (std::isnan(value))
        return "NaN";
    if (std::isinf(value))
        return value > 0 ? "Infinity" : "-Infinity";
    return value;
}

template <class T> OrderedJson encode(const T& value)
{
    return value;
}

template <HasFields T> OrderedJson encode(const T& value);

template <class T> OrderedJson encode(const std::optional<T>& value)
{
    return value ? encode(*value) : OrderedJson(nullptr);
}

template <class T> OrderedJson encode(const std::vector<T>& values)
{
    OrderedJson array = OrderedJson::array();
    for (const T& value : values)
        array.push_back(encode(value));
    return array;
}

class Writer {
public:
    template <class T> void operator()(const char* key, const T& value) { m_object[key] = encode(value); }
    OrderedJson take() { return std::move(m_object); }

private:
    OrderedJson m_object = OrderedJson::object();
};

template <HasFields T> OrderedJson encode(const T& value)
{
    Writer writer;
    fields(writer, value);
    return writer.take();
}

template <class T> struct Expected {
    static constexpr std::string_view one = "an object", many = "a list of objects with the right keys";
};
template <> struct Expected<std::string> {
    static constexpr std::string_view one = "a text", many = "a list of texts";
};
template <> struct Expected<bool> {
    static constexpr std::string_view one = "true or false", many = "a list of true and false";
};
template <std::integral T> struct Expected<T> {
    static constexpr std::string_view one = "a whole number", many = "a list of whole numbers";
};
template <> struct Expected<double> {
    static constexpr std::string_view one = "a number", many = "a list of numbers";
};
template <class T> struct Expected<std::optional<T>> : Expected<T> {
};
template <class T> struct Expected<std::vector<T>> {
    static constexpr std::string_view one = Expected<T>::many, many = "a list of lists";
};

// Each of these leaves `value` alone and returns false where the JSON is of another kind.

inline bool decode(const Json& json, std::string& value)
{
    if (!json.is_string())
        return false;
    value = json.get_ref<const std::string&>();
    return true;
}

inline bool decode(const Json& json, bool& value)
{
    if (!json.is_boolean())
        return false;
    value = json.get<bool>();
    return true;
}

inline bool decode(const Json& json, double& value)
{
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (json.is_number())
        value = json.get<double>();
    else if (json == "NaN")
        value = std::numeric_limits<double>::quiet_NaN();
    else if (json == "Infinity" || json == "-Infinity")
        value = json == "Infinity" ? infinity : -infinity;
    else
        return false;
    return true;
}

/// Any number that is whole, so that 8.0 of another program is 8.
inline std::optional<std::int64_t> wholeNumber(const Json& json)
{
    if (json.is_number_unsigned() &&
        json.get<std::uint64_t>() > std::uint64_t(std::numeric_limits<std::int64_t>::max()))
        return std::nullopt;
    if (json.is_number_integer())
        return json.get<std::int64_t>();
    if (!json.is_number_float())
        return std::nullopt;
    const double number = json.get<double>();
    if (std::trunc(number) != number || std::abs(number) > 9007199254740992.0) // 2^53
        return std::nullopt;
    return static_cast<std::int64_t>(number);
}

template <std::integral T> bool decode(const Json& json, T& value)
{
    const std::optional<std::int64_t> number = wholeNumber(json);
    if (!number || !std::in_range<T>(*number))
        return false;
    value = static_cast<T>(*number);
    return true;
}

template <HasFields T> bool decode(const Json& json, T& value);

template <class T> bool decode(const Json& json, std::optional<T>& value)
{
    T read{};
    if (!json.is_null() && !decode(json, read))
        return false;
    value = json.is_null() ? std::nullopt : std::optional<T>(std::move(read));
    return true;
}

template <class T> bool decode(const Json& json, std::vector<T>& values)
{
    if (!json.is_array())
        return false;
    std::vector<T> read;
    read.reserve(json.size());
    for (const Json& element : json)
        if (!decode(element, read.emplace_back()))
            return false;
    values = std::move(read);
    return true;
}

/// Reads what is there into a struct that holds defaults: missing keys stay, others' keys are passed over, and what
/// is of another kind stays and is told.
class Reader {
public:
    Reader(const Json& object, std::vector<Problem>& problems, std::string prefix = {})
        : m_object(object), m_problems(problems), m_prefix(std::move(prefix))
    {
    }

    template <class T> void operator()(const char* key, T& value)
    {
        const auto found = m_object.find(key);
        if (found != m_object.end())
            read(*found, m_prefix + key, value);
    }

private:
    template <class T> void read(const Json& json, const std::string& key, T& value)
    {
        if constexpr (HasFields<T>) {
            if (json.is_object()) {
                Reader nested(json, m_problems, key + ".");
                fields(nested, value);
                return;
            }
        } else if (decode(json, value)) {
            return;
        }
        m_problems.push_back({key, "'" + key + "' is not " + std::string(Expected<T>::one)});
    }

    const Json& m_object;
    std::vector<Problem>& m_problems;
    std::string m_prefix;
};

template <HasFields T> bool decode(const Json& json, T& value)
{
    if (!json.is_object())
        return false;
    std::vector<Problem> problems;
    Reader reader(json, problems);
    fields(reader, value);
    return problems.empty();
}

} // namespace lathe::json
