#include "core/engine/backend.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>

#include <dlfcn.h>

#include <fmt/format.h>

namespace lathe {

namespace {

struct ModeRow {
    Mode mode;
    std::string_view name;
};

constexpr ModeRow kModes[] = {{Mode::Eager, "eager"},
                              {Mode::ChannelsLast, "channels_last"},
                              {Mode::Fused, "fused"},
                              {Mode::BFloat16, "bf16"},
                              {Mode::Int8, "int8"},
                              {Mode::Int8Dynamic, "int8_dynamic"},
                              {Mode::Int8WeightOnly, "int8_weight_only"},
                              {Mode::Simulated, "simulated"},
                              {Mode::Sparse, "sparse"},
                              {Mode::Csr, "csr"},
                              {Mode::Bsr, "bsr"},
                              {Mode::EagerKept, "eager_kept"},
                              {Mode::ChannelsLastKept, "channels_last_kept"}};

/// The engine lies beside the library this code is in, in the build tree and when installed.
std::filesystem::path enginePath()
{
    if (const char* path = std::getenv("LATHE_ENGINE"))
        return path;
    Dl_info info{};
    if (dladdr(reinterpret_cast<const void*>(&loadBackend), &info) != 0 && info.dli_fname != nullptr)
        return std::filesystem::path(info.dli_fname).parent_path() / "liblathe_engine.so";
    return "liblathe_engine.so";
}

Result<Backend*> load()
{
    const std::string path = enginePath().string();
    // Never unloaded: LibTorch's threads and registries do not survive that.
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr)
        return fail(
            ErrorCode::EngineFailure,
            fmt::format("The LibTorch engine could not be loaded ({}); run packaging/run to build it.", dlerror()));
    using Factory = Backend* (*)();
    const auto make = reinterpret_cast<Factory>(dlsym(library, "latheBackend"));
    if (make == nullptr)
        return fail(ErrorCode::EngineFailure,
                    fmt::format("{} is not an engine of this Lathe; build it again with packaging/run.", path));
    return make();
}

} // namespace

std::string_view name(Mode mode)
{
    return std::find_if(std::begin(kModes), std::end(kModes), [&](const ModeRow& r) { return r.mode == mode; })->name;
}

Result<Mode> modeFromName(std::string_view name)
{
    std::string known;
    for (const ModeRow& row : kModes) {
        if (row.name == name)
            return row.mode;
        known += fmt::format("{}{}", known.empty() ? "" : ", ", row.name);
    }
    return fail(ErrorCode::InvalidArgument, fmt::format("There is no mode \"{}\"; the modes are {}.", name, known));
}

const std::vector<Mode>& allModes()
{
    static const std::vector<Mode> modes = [] {
        std::vector<Mode> all;
        for (const ModeRow& row : kModes)
            all.push_back(row.mode);
        return all;
    }();
    return modes;
}

bool runsLowered(Mode mode)
{
    return mode == Mode::Fused || mode == Mode::BFloat16 || multipliesSparse(mode) ||
           (needsQuantization(mode) && mode != Mode::Simulated);
}

bool multipliesSparse(Mode mode)
{
    return mode == Mode::Sparse || mode == Mode::Csr || mode == Mode::Bsr;
}

bool needsQuantization(Mode mode)
{
    return mode == Mode::Int8 || mode == Mode::Int8Dynamic || mode == Mode::Int8WeightOnly || mode == Mode::Simulated;
}

std::optional<Mode> keptTwin(Mode mode)
{
    if (mode == Mode::Eager)
        return Mode::EagerKept;
    if (mode == Mode::ChannelsLast)
        return Mode::ChannelsLastKept;
    return std::nullopt;
}

std::vector<std::string> withoutKeptTwins(const std::vector<std::string>& modes)
{
    std::vector<std::string> plain;
    for (std::string mode : modes) {
        for (const ModeRow& row : kModes)
            if (const auto twin = keptTwin(row.mode); twin && mode == name(*twin))
                mode = row.name;
        if (std::find(plain.begin(), plain.end(), mode) == plain.end())
            plain.push_back(mode);
    }
    return plain;
}

std::vector<std::string> withKeptTwins(const std::vector<std::string>& modes)
{
    std::vector<std::string> all;
    for (const std::string& mode : withoutKeptTwins(modes)) {
        all.push_back(mode);
        const Result<Mode> known = modeFromName(mode);
        if (const auto twin = known ? keptTwin(*known) : std::nullopt)
            all.emplace_back(name(*twin));
    }
    return all;
}

std::int64_t StepValue::bytes() const
{
    return elementCount(shape) * byteSize(dtype);
}

Result<std::vector<TimedStep>> Network::runSteps()
{
    return fail(ErrorCode::Unsupported,
                "Only a lowered network runs in steps of its own; take the mode fused or int8.");
}

Result<std::vector<HostTensor>> inferNodes(Network& network, const HostTensor& x, const std::vector<NodeId>& nodes)
{
    std::map<NodeId, HostTensor> values;
    const auto ran = network.watch(x, nodes, [&](NodeId node, const HostTensor& value) {
        values[node] = value;
        return std::optional<HostTensor>();
    });
    if (!ran)
        return tl::unexpected(ran.error());
    std::vector<HostTensor> wanted;
    for (const NodeId node : nodes) {
        const auto found = values.find(node);
        if (found == values.end())
            return fail(ErrorCode::NotFound, fmt::format("Node {} has no value of its own here.", node));
        wanted.push_back(found->second);
    }
    return wanted;
}

Result<Backend*> loadBackend()
{
    static std::mutex mutex;
    static Backend* backend = nullptr;
    const std::lock_guard lock(mutex);
    if (backend != nullptr)
        return backend;
    return load().map([](Backend* loaded) { return backend = loaded; });
}

} // namespace lathe
