#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "core/formats/pickle.h"

/// What the parts of the unpickler share.
namespace lathe::pickle {

/// Ends the reading from however deep; `read` turns it into its result.
struct Refused {
    Error error;
};
[[noreturn]] void refuse(std::string sentence);
[[noreturn]] void refuseName(std::string_view name);
[[noreturn]] void refuseDType(std::string_view name);
[[noreturn]] void refuseWhole(std::string_view name);

/// The bytes still to be read; every length is checked against them before anything is made of it.
class Bytes {
public:
    explicit Bytes(std::string_view bytes) : m_rest(bytes) {}

    std::string_view take(std::uint64_t count)
    {
        if (count > m_rest.size())
            refuse("It ends in the middle of a value.");
        const std::string_view taken = m_rest.substr(0, count);
        m_rest.remove_prefix(count);
        return taken;
    }

    std::string_view line()
    {
        const std::string_view text = take(std::min(m_rest.find('\n'), m_rest.size()));
        take(1);
        return text;
    }

    /// Little-endian.
    template <class T> T number()
    {
        static_assert(std::endian::native == std::endian::little);
        T value{};
        std::memcpy(&value, take(sizeof value).data(), sizeof value);
        return value;
    }

private:
    std::string_view m_rest;
};

ValueId add(Document& document, Value value);

/// The number, text, truth or None that the operation writes; nothing if it is of another kind.
std::optional<Value> readScalar(std::uint8_t opcode, Bytes& bytes);

/// A place in the memo as protocol 0 writes it.
std::uint64_t readPlace(Bytes& bytes);

/// Nothing: the name is not known.
std::optional<Global> findName(std::string_view name);

/// Whether a name that is not known is of a dtype, or a storage, that nothing here computes with.
bool isOtherDType(std::string_view name);

/// What the function makes of a tuple of arguments.
ValueId call(Document& document, Global function, ValueId arguments);

/// What PyTorch's persistent id stands for: ("storage", type, key, location, elements).
Storage storageOf(const Document& document, ValueId persistentId);

} // namespace lathe::pickle
