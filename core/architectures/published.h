#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/architectures/catalogue.h"

namespace lathe {

using PublishedFigures = std::map<std::string, std::vector<PublishedWeights>>;

/// torchvision's figures by architecture, in its order, from the resource published.json.
PublishedFigures publishedFigures();

} // namespace lathe
