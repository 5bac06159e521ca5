#include "core/formats/torch_file.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/words.h"
#include "core/formats/tensor_name.h"

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

    /// What the entries with weights are called where there are several and none is the likeliest.
    std::vector<std::string_view> rivals()
    {
        std::vector<std::string_view> names;
        if (m_undecided != nullptr)
            for (const auto& [name, value] : m_undecided->items)
                if (const auto text = textAt(m_document, name); text && find(value) != nullptr)
                    names.push_back(*text);
        return names;
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
            if (found != nullptr && only != nullptr && found != only) {
                m_undecided = &dict;
                return nullptr;
            }
            only = found != nullptr ? found : only;
        }
        return only;
    }

    const Document& m_document;
    std::unordered_map<ValueId, const Dict*> m_found;
    const Dict* m_undecided = nullptr;
};

std::string quoted(std::string_view key)
{
    return fmt::format("\"{}\"", shortened(key, kLongestQuotedName));
}

std::string keysText(const std::vector<std::string_view>& keys)
{
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < std::min(keys.size(), kMostKeysNamed); ++i)
        texts.push_back(quoted(keys[i]));
    return fmt::format("{}", fmt::join(texts, ", "));
}

std::vector<std::string_view> keysOf(const Document& document, ValueId root)
{
    std::vector<std::string_view> keys;
    if (const auto* dict = std::get_if<Dict>(&document.at(root)))
        for (const auto& item : dict->items)
            if (const auto text = textAt(document, item.first))
                keys.push_back(*text);
    return keys;
}

tl::unexpected<Error> refuseSeveral(const std::vector<std::string_view>& names)
{
    return fail(ErrorCode::BadFile,
                fmt::format("It holds the weights of several networks ({}); save those of one alone in Python: "
                            "torch.save(checkpoint[{}], \"weights.pth\").",
                            keysText(names), quoted(names.front())));
}

tl::unexpected<Error> refuseWithoutWeights(const std::vector<std::string_view>& keys)
{
    return fail(ErrorCode::BadFile, fmt::format("It holds no network's weights{}; save model.state_dict() in Python.",
                                                keys.empty() ? "" : fmt::format(" (it has {})", keysText(keys))));
}

/// A name that many entries share is in the file once, and would be in memory for each.
Result<void> checkName(std::string_view name, std::unordered_set<std::string_view>& names)
{
    if (name.size() > kLongestTensorName)
        return fail(ErrorCode::BadFile, fmt::format("Tensor {} has a name of {} characters, and at most {} are read; "
                                                    "shorten the names in Python and save it again.",
                                                    quoted(name), name.size(), kLongestTensorName));
    if (!names.insert(name).second)
        return fail(ErrorCode::BadFile, fmt::format("Tensor {} is there twice; load it in Python and save "
                                                    "model.state_dict() again.",
                                                    quoted(name)));
    return {};
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
    std::unordered_set<std::string_view> names;
    for (const auto& [key, value] : dict.items) {
        const auto name = textAt(document, key);
        if (!name || !isTensor(document, value))
            continue;
        if (const auto sound = checkName(*name, names); !sound)
            return tl::unexpected(sound.error());
        Result<HostTensor> tensor = makeTensorOf(document, maker, value);
        if (!tensor)
            return fail(tensor.error().code,
                        fmt::format("Tensor {} cannot be read: {}.", quoted(*name), tensor.error().message));
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
                                shortened(order->second, kLongestQuotedName)));
    const auto data = archive.records.find("data.pkl");
    if (data == archive.records.end())
        return fail(ErrorCode::BadFile, "It is a zip archive, but not one that torch.save wrote: it has no data.pkl.");
    const Result<Document> document = pickle::read(data->second);
    if (!document)
        return tl::unexpected(document.error());
    StateDictFinder finder(*document);
    const Dict* dict = finder.find(document->root);
    if (dict == nullptr) {
        const std::vector<std::string_view> rivals = finder.rivals();
        return rivals.empty() ? refuseWithoutWeights(keysOf(*document, document->root)) : refuseSeveral(rivals);
    }
    return tensorsOf(*document, *dict, archive);
}

} // namespace lathe
