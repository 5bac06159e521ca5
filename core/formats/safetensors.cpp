#include "core/formats/safetensors.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>
#include <unordered_set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/files.h"
#include "core/base/mapped_file.h"
#include "core/base/words.h"
#include "core/formats/tensor_name.h"

namespace lathe {

namespace {

using Json = nlohmann::ordered_json;
using Wrong = tl::unexpected<std::string>; ///< becomes a sentence that names the file

struct FormatDType {
    std::string_view name;
    DType dtype;
};

constexpr std::array kFormatDTypes = {
    FormatDType{"F64", DType::Float64},   FormatDType{"F32", DType::Float32}, FormatDType{"F16", DType::Float16},
    FormatDType{"BF16", DType::BFloat16}, FormatDType{"I64", DType::Int64},   FormatDType{"I32", DType::Int32},
    FormatDType{"I16", DType::Int16},     FormatDType{"I8", DType::Int8},     FormatDType{"U8", DType::UInt8},
    FormatDType{"BOOL", DType::Bool},
};

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kMaxHeader = 100'000'000; ///< the format's own limit

tl::unexpected<Error> bad(const std::filesystem::path& path, const std::string& what)
{
    return fail(ErrorCode::BadFile, fmt::format("{} is not a sound safetensors file: {}.", path.string(), what));
}

std::uint64_t littleEndian(const std::byte* bytes)
{
    std::uint64_t value = 0;
    for (unsigned i = 0; i < kLengthBytes; ++i)
        value |= static_cast<std::uint64_t>(bytes[i]) << (8 * i);
    return value;
}

struct Entry {
    std::string name;
    DType dtype = DType::Float32;
    Shape shape;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

std::optional<DType> formatDType(const Json& name)
{
    for (const FormatDType& known : kFormatDTypes)
        if (name.is_string() && name.get_ref<const std::string&>() == known.name)
            return known.dtype;
    return std::nullopt;
}

/// Number of bytes a tensor of that shape takes; nothing where it is no shape or too large for any file.
std::optional<std::uint64_t> sizeOf(const Shape& shape, DType dtype)
{
    auto bytes = static_cast<std::uint64_t>(byteSize(dtype));
    for (const std::int64_t extent : shape) {
        const auto e = static_cast<std::uint64_t>(extent);
        if (extent < 0 || (e != 0 && bytes > (std::numeric_limits<std::uint64_t>::max() >> 1) / e))
            return std::nullopt;
        bytes *= e;
    }
    return bytes;
}

bool isUnsignedList(const Json& list)
{
    return list.is_array() &&
           std::all_of(list.begin(), list.end(), [](const Json& j) { return j.is_number_unsigned(); });
}

/// One entry of the header, or what is wrong with it.
tl::expected<Entry, std::string> readEntry(const std::string& name, const Json& json, std::uint64_t dataSize)
{
    const auto wrong = [&](const std::string& what) {
        return Wrong(fmt::format("tensor \"{}\" {}", shortened(name, kLongestQuotedName), what));
    };
    if (name.size() > kLongestTensorName)
        return wrong(
            fmt::format("has a name of {} characters, and at most {} are read", name.size(), kLongestTensorName));
    if (!json.is_object() || !json.contains("dtype") || !json.contains("shape") || !json.contains("data_offsets"))
        return wrong("lacks its dtype, shape or data_offsets");
    const auto dtype = formatDType(json["dtype"]);
    if (!dtype)
        return wrong(
            fmt::format("has a dtype that is not supported ({})", shortened(json["dtype"].dump(), kLongestQuotedName)));
    const Json& offsets = json["data_offsets"];
    if (!isUnsignedList(json["shape"]) || !isUnsignedList(offsets) || offsets.size() != 2)
        return wrong("has a shape or offsets that are no whole numbers");
    Entry entry{name, *dtype, json["shape"].get<Shape>(), offsets[0].get<std::uint64_t>(),
                offsets[1].get<std::uint64_t>()};
    if (entry.begin > entry.end || entry.end > dataSize)
        return wrong(fmt::format("lies outside the file (bytes {} to {} of {})", entry.begin, entry.end, dataSize));
    const auto expected = sizeOf(entry.shape, entry.dtype);
    if (!expected || entry.end - entry.begin != *expected)
        return wrong(fmt::format("has {} bytes, which is not what {} of {} takes", entry.end - entry.begin,
                                 toString(entry.shape), lathe::name(entry.dtype)));
    return entry;
}

tl::expected<std::vector<Entry>, std::string> readEntries(const Json& header, std::uint64_t dataSize)
{
    std::vector<Entry> entries;
    for (const auto& [name, json] : header.items()) {
        if (name == "__metadata__")
            continue;
        auto entry = readEntry(name, json, dataSize);
        if (!entry)
            return tl::unexpected(entry.error());
        entries.push_back(*std::move(entry));
    }
    std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.begin < b.begin; });
    for (std::size_t i = 1; i < entries.size(); ++i)
        if (entries[i].begin < entries[i - 1].end)
            return tl::unexpected(fmt::format("tensors \"{}\" and \"{}\" overlap",
                                              shortened(entries[i - 1].name, kLongestQuotedName),
                                              shortened(entries[i].name, kLongestQuotedName)));
    return entries;
}

/// The header; a name that comes twice would silently lose a tensor, so it is refused.
tl::expected<Json, std::string> parseHeader(const char* begin, std::uint64_t length)
{
    std::unordered_set<std::string> names;
    std::string twin;
    const auto noticeTwin = [&](int depth, Json::parse_event_t event, Json& key) {
        if (event == Json::parse_event_t::key && depth == 1 && !names.insert(key.get<std::string>()).second)
            twin = key.get<std::string>();
        return true;
    };
    Json header = Json::parse(begin, begin + length, noticeTwin, false);
    if (header.is_discarded() || !header.is_object())
        return Wrong("its header is not JSON");
    if (!twin.empty())
        return Wrong(fmt::format("tensor \"{}\" is there twice", shortened(twin, kLongestQuotedName)));
    return header;
}

std::map<std::string, std::string> readMetadata(const Json& header)
{
    std::map<std::string, std::string> metadata;
    if (const auto found = header.find("__metadata__"); found != header.end() && found->is_object())
        for (const auto& [key, value] : found->items())
            if (value.is_string())
                metadata.emplace(key, value.get<std::string>());
    return metadata;
}

tl::expected<SafetensorsFile, std::string> read(const MappedFile& file)
{
    if (file.size < kLengthBytes)
        return Wrong("it ends before its header");
    const std::uint64_t length = littleEndian(file.bytes.get());
    if (length > kMaxHeader || length > file.size - kLengthBytes)
        return tl::unexpected(
            fmt::format("its header should take {} bytes and {} are left", length, file.size - kLengthBytes));
    const std::byte* const data = file.bytes.get() + kLengthBytes + length;
    const std::uint64_t dataSize = file.size - kLengthBytes - length;
    const auto header = parseHeader(reinterpret_cast<const char*>(file.bytes.get() + kLengthBytes), length);
    if (!header)
        return tl::unexpected(header.error());
    const auto entries = readEntries(*header, dataSize);
    if (!entries)
        return tl::unexpected(entries.error());
    SafetensorsFile result;
    result.metadata = readMetadata(*header);
    for (const Entry& entry : *entries)
        result.tensors.push_back(
            {entry.name, {entry.dtype, entry.shape, std::shared_ptr<const std::byte>(file.bytes, data + entry.begin)}});
    return result;
}

std::string_view formatName(DType dtype)
{
    return std::find_if(kFormatDTypes.begin(), kFormatDTypes.end(),
                        [&](const FormatDType& f) { return f.dtype == dtype; })
        ->name;
}

/// Length and JSON, padded with spaces so that the tensors behind it are aligned to 8 bytes.
std::string makeHeader(const StateDict& tensors, const std::map<std::string, std::string>& metadata)
{
    Json header = Json::object();
    if (!metadata.empty())
        header["__metadata__"] = metadata;
    std::int64_t offset = 0;
    for (const auto& [name, tensor] : tensors) {
        const std::int64_t end = offset + tensor.byteCount();
        header[name] = {{"dtype", formatName(tensor.dtype)}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
        offset = end;
    }
    std::string text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
    text.append((kLengthBytes - text.size() % kLengthBytes) % kLengthBytes, ' ');
    std::string length(kLengthBytes, '\0');
    for (unsigned i = 0; i < kLengthBytes; ++i)
        length[i] = static_cast<char>(text.size() >> (8 * i) & 0xFF);
    return length + text;
}

} // namespace

Result<SafetensorsFile> readSafetensors(const std::filesystem::path& path)
{
    const Result<MappedFile> file = mapFile(path);
    if (!file)
        return tl::unexpected(file.error());
    auto result = read(*file);
    if (!result)
        return bad(path, result.error());
    return *std::move(result);
}

Result<void> writeSafetensors(const std::filesystem::path& path, const StateDict& tensors,
                              const std::map<std::string, std::string>& metadata)
{
    const std::string header = makeHeader(tensors, metadata);
    std::vector<std::string_view> pieces{header};
    for (const auto& [name, tensor] : tensors)
        pieces.emplace_back(reinterpret_cast<const char*>(tensor.data.get()),
                            static_cast<std::size_t>(tensor.byteCount()));
    return writeFileAtomically(path, pieces);
}

std::int64_t safetensorsBytes(const StateDict& tensors, const std::map<std::string, std::string>& metadata)
{
    auto bytes = static_cast<std::int64_t>(makeHeader(tensors, metadata).size());
    for (const NamedTensor& tensor : tensors)
        bytes += tensor.tensor.byteCount();
    return bytes;
}

} // namespace lathe
