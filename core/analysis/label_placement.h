#pragma once

#include <vector>

namespace lathe {

/// A rectangle in pixels: x grows to the right, y downwards.
struct LabelBox {
    double x = 0.0;
    double y = 0.0;
    double width = 0.0;
    double height = 0.0;
};

/// A disc that labels keep off.
struct LabelMarker {
    double x = 0.0;
    double y = 0.0;
    double radius = 0.0;
};

/// A thin line, which labels keep off where there is room.
struct LabelLine {
    double x1 = 0.0;
    double y1 = 0.0;
    double x2 = 0.0;
    double y2 = 0.0;
};

/// A label that wants to stand beside its own marker, which counts among the markers by itself.
struct LabelRequest {
    LabelMarker marker;
    double width = 0.0;
    double height = 0.0;
    double priority = 0.0; ///< higher ones are placed first; of equals the first
};

struct PlacedLabel {
    LabelBox box; ///< where to draw it; without meaning unless visible
    bool visible = false;
    bool leader = false;  ///< stands farther off: a line ties it to its marker
    double leaderX = 0.0; ///< end of that line at the box; it begins at the marker's centre
    double leaderY = 0.0;
};

/// A place for each label in the order asked for: one of eight around its marker, else farther off with a leader,
/// so that it overlaps no marker, no obstacle and no other label or leader and lies within `area`; where there is
/// room also off every line, and well away from every other marker, so that it cannot be taken for theirs. What fits
/// nowhere is hidden.
/// The same input gives the same places.
std::vector<PlacedLabel> placeLabels(const std::vector<LabelRequest>& labels, const std::vector<LabelMarker>& others,
                                     const LabelBox& area, const std::vector<LabelBox>& obstacles = {},
                                     const std::vector<LabelLine>& lines = {});

} // namespace lathe
