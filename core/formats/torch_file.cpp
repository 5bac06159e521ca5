#include "core/formats/torch_file.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace lathe {

namespace {

using pickle::Dict;
using pickle::Document;
using pickle::ValueId;

/// Under which training programs put the weights, the likeliest first. What a moving average made comes last.
constexpr std::array<std::string_view, 14> kWeightKeys{
    "state_dict", "model_state_dict", "model_state", "model",     "net_state_dict", "net",       "network",
    "module",     "weights",          "params",      "model_ema", "state_dict_ema", "ema_state", "ema"};
constexpr int kDeepest = 4;
constexpr std::size_t kMostKeysNamed = 8;

std::optional<std::string_view> textAt(const Document& document, ValueId id)
{
    const auto* text = std::get_if<std::string_view>(&document.at(id));
    return text != nullptr ? std::optional(*text) : std::nullopt;
}

bool isTensor(const Document& document, ValueId id)
{
    return std::holds_alternative<pickle::StridedId>(document.at(id)) ||
           std::holds_alternative<pickle::SparseId>(document.at(id));
}

bool holdsTensors(const Document& document, const Dict& dict)
{
    return std::any_of(dict.items.begin(), dict.items.end(), [&](const auto& item) {
        return textAt(document, item.first) && isTensor(document, item.second);
    });
}

/// Looks for the dictionary of weights, at each dictionary once: those of a forged file may hold each other.
class StateDictFinder {
public:
    explicit StateDictFinder(const Document& document) : m_document(document) {}

    const Dict* find(ValueId id, int depth = 0)
    {
        const auto* dict = std::get_if<Dict>(&m_document.at(id));
        if (dict == nullptr || depth > kDeepest)
            return nullptr;
        const auto [known, isNew] = m_found.emplace(id, nullptr);
        if (isNew) {
            const Dict* found = findIn(*dict, depth);
            m_found[id] = found;
            return found;
        }
        return known->second;
    }

private:
    const Dict* findIn(const Dict& dict, int depth)
    {
        if (const Dict* found = findByKey(dict, depth))
            return found;
        return holdsTensors(m_document, dict) ? &dict : findOnly(dict, depth);
    }

    /// Under the likeliest of the known keys.
    const Dict* findByKey(const Dict& dict, int depth)
    {
        for (const std::string_view key : kWeightKeys)
            for (const auto& [name, value] : dict.items)
                if (textAt(m_document, name) == key)
                    if (const Dict* found = find(value, depth + 1))
                        return found;
        return nullptr;
    }

    /// The one among the values, if there is one and no more.
    const Dict* findOnly(const Dict& dict, int depth)
    {
        const Dict* only = nullptr;
        for (const auto& [name, value] : dict.items) {
            const Dict* found = textAt(m_document, name) ? find(value, depth + 1) : nullptr;
            if (found != nullptr && only != nullptr && found != only)
                return nullptr;
            only = found != nullptr ? found : only;
        }
        return only;
    }

    const Document& m_document;
    std::unordered_map<ValueId, const Dict*> m_found;
};

std::string keysOf(const Document& document, ValueId root)
{
    std::vector<std::string> keys;
    if (const auto* dict = std::get_if<Dict>(&document.at(root)))
        for (const auto& [name, value] : dict->items)
            if (const auto text = textAt(document, name); text && keys.size() < kMostKeysNamed)
                keys.push_back(fmt::format("\"{}\"", *text));
    return keys.empty() ? std::string() : fmt::format(" (it has {})", fmt::join(keys, ", "));
}

Result<HostTensor> makeTensorOf(const Document& document, TensorMaker& maker, ValueId id)
{
    if (const auto* strided = std::get_if<pickle::StridedId>(&document.at(id)))
        return maker.make(*strided);
    return maker.make(std::get<pickle::SparseId>(document.at(id)));
}

Result<StateDict> tensorsOf(const Document& document, const Dict& dict, const TorchArchive& archive)
{
    TensorMaker maker(document, archive);
    StateDict tensors;
    for (const auto& [key, value] : dict.items) {
        const auto name = textAt(document, key);
        if (!name || !isTensor(document, value))
            continue;
        Result<HostTensor> tensor = makeTensorOf(document, maker, value);
        if (!tensor)
            return fail(tensor.error().code,
                        fmt::format("Tensor \"{}\" cannot be read: {}.", *name, tensor.error().message));
        tensors.push_back({std::string(*name), *std::move(tensor)});
    }
    return tensors;
}

} // namespace

Result<StateDict> readTorchArchive(const TorchArchive& archive)
{
    const auto order = archive.records.find("byteorder");
    if (order != archive.records.end() && order->second != "little")
        return fail(ErrorCode::Unsupported,
                    fmt::format("It was written with {}-endian numbers; load it in Python on this machine and save it "
                                "again.",
                                order->second));
    const auto data = archive.records.find("data.pkl");
    if (data == archive.records.end())
        return fail(ErrorCode::BadFile, "It is a zip archive, but not one that torch.save wrote: it has no data.pkl.");
    const Result<Document> document = pickle::read(data->second);
    if (!document)
        return tl::unexpected(document.error());
    const Dict* dict = StateDictFinder(*document).find(document->root);
    if (dict == nullptr)
        return fail(ErrorCode::BadFile,
                    fmt::format("It holds no network's weights{}; save model.state_dict() in Python.",
                                keysOf(*document, document->root)));
    return tensorsOf(*document, *dict, archive);
}

} // namespace lathe
