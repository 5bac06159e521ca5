#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/datasets/dataset.h"

namespace lathe {

/// What a trained network expects of its input, and what its outputs mean: kept in the metadata of its file, entry
/// "lathe.preprocessing", as JSON with "dataset", "mean", "deviation" and "classes".
struct Preprocessing {
    std::string dataset;
    Normalisation normalisation;
    std::vector<std::string> classNames;
};

using Metadata = std::map<std::string, std::string>;

Preprocessing preprocessingOf(const Dataset& dataset);

void addTo(Metadata& metadata, const Preprocessing& preprocessing);

/// Nothing where there is none, or none that can be made sense of.
std::optional<Preprocessing> preprocessingIn(const Metadata& metadata);

} // namespace lathe
