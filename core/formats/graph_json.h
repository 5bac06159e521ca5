#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/architectures/catalogue.h"
#include "core/base/result.h"
#include "core/graph/graph.h"

/// A network as a JSON document that people can write: see resources/help/graph-format.md.
namespace lathe {

/// A graph, and what it does not say of itself.
struct GraphFile {
    static constexpr int kFormatVersion = 1;
    Graph graph;
    std::string family;
    ArchitectureType type = ArchitectureType::Cnn;
};

/// The metadata entry of a safetensors file that holds the text, so that the file is a whole model.
inline constexpr const char* kGraphMetadata = "lathe.graph";

/// What has its usual value is left out, and so is what follows from the input or from PyTorch's modules; one line a
/// node. Reading it gives the same graph.
std::string graphToJson(const GraphFile& file);

/// Reads and checks the whole text: the error is one sentence that begins with `source` (what users call the text, a
/// path) and names the node, or the line and column where it is no JSON. What it accepts can be built and costed
/// without overflow. `input` (C x H x W, or a number of tokens) may be empty for the size in the text.
Result<GraphFile> graphFromJson(std::string_view text, const std::string& source, const Shape& input = {});

/// The same for a file.
Result<GraphFile> readGraphFile(const std::filesystem::path& path, const Shape& input = {});

} // namespace lathe
