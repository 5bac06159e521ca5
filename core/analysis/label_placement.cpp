#include "core/analysis/label_placement.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <optional>
#include <span>

namespace lathe {

namespace {

struct Direction {
    double x; ///< -1 left of the marker, 1 right of it
    double y; ///< -1 above, 1 below
};

/// In the order of preference: names read best to the right.
constexpr std::array kDirections = {
    Direction{1, 0}, Direction{1, -1}, Direction{1, 1},   Direction{0, -1},
    Direction{0, 1}, Direction{-1, 0}, Direction{-1, -1}, Direction{-1, 1},
};

constexpr double kGap = 2.0;                                      ///< between a marker and its label, pixels
constexpr double kClearance = 3.0 * kGap;                         ///< between a label and any other marker
constexpr double kSamePlace = 0.5;                                ///< markers nearer than this look like one
constexpr std::array<double, 3> kLeaderLengths = {12., 24., 40.}; ///< more than that, pixels

bool overlap(const LabelBox& a, const LabelBox& b)
{
    return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/// Nearer to the disc than `distance`.
bool near(const LabelBox& box, const LabelMarker& marker, double distance)
{
    const double dx = marker.x - std::clamp(marker.x, box.x, box.x + box.width);
    const double dy = marker.y - std::clamp(marker.y, box.y, box.y + box.height);
    const double reach = marker.radius + distance;
    return dx * dx + dy * dy < reach * reach;
}

bool overlap(const LabelBox& box, const LabelMarker& marker)
{
    return near(box, marker, 0.0);
}

bool samePlace(const LabelMarker& a, const LabelMarker& b)
{
    return std::hypot(a.x - b.x, a.y - b.y) < kSamePlace;
}

bool contains(const LabelBox& area, const LabelBox& box)
{
    return box.x >= area.x && box.y >= area.y && box.x + box.width <= area.x + area.width &&
           box.y + box.height <= area.y + area.height;
}

/// Liang and Barsky: the part of the line within the box is not empty.
bool overlap(const LabelBox& box, const LabelLine& line)
{
    double from = 0.0, to = 1.0;
    const auto clip = [&](double step, double room) {
        if (step == 0.0)
            return room > 0.0;
        const double at = room / step;
        (step < 0.0 ? from : to) = step < 0.0 ? std::max(from, at) : std::min(to, at);
        return from < to;
    };
    const double dx = line.x2 - line.x1, dy = line.y2 - line.y1;
    return clip(-dx, line.x1 - box.x) && clip(dx, box.x + box.width - line.x1) && clip(-dy, line.y1 - box.y) &&
           clip(dy, box.y + box.height - line.y1);
}

LabelBox grown(const LabelBox& box, double by)
{
    return {box.x - by, box.y - by, box.width + 2 * by, box.height + 2 * by};
}

LabelBox boxAround(const LabelLine& line)
{
    return {std::min(line.x1, line.x2), std::min(line.y1, line.y2), std::abs(line.x2 - line.x1),
            std::abs(line.y2 - line.y1)};
}

/// Markers by the square cells they touch, so that a label looks at few of them.
class MarkerGrid {
public:
    explicit MarkerGrid(const LabelBox& area)
        : m_area(area), m_columns(cells(area.width)), m_rows(cells(area.height)), m_cells(m_columns * m_rows)
    {
    }

    void add(const LabelMarker& marker)
    {
        const double r = marker.radius;
        if (std::isfinite(marker.x) && std::isfinite(marker.y) &&
            overlap(LabelBox{m_area.x - r, m_area.y - r, m_area.width + 2 * r, m_area.height + 2 * r},
                    LabelBox{marker.x, marker.y, 0, 0}))
            visit({marker.x - r, marker.y - r, 2 * r, 2 * r}, [&](std::vector<LabelMarker>& cell) {
                cell.push_back(marker);
                return false;
            });
    }

    bool touches(const LabelBox& box)
    {
        return anyIn(box, [&](const LabelMarker& m) { return overlap(box, m); });
    }

    /// Whether a label there could be taken for that of another marker.
    bool couldBeAnothers(const LabelBox& box, const LabelMarker& own)
    {
        return anyIn(grown(box, kClearance),
                     [&](const LabelMarker& m) { return near(box, m, kClearance) && !samePlace(m, own); });
    }

    /// Whether a line from its own marker runs over another.
    bool crossed(const LabelLine& line, const LabelMarker& own)
    {
        return anyIn(boxAround(line), [&](const LabelMarker& m) {
            return overlap(grown({m.x, m.y, 0, 0}, m.radius), line) && !samePlace(m, own);
        });
    }

private:
    static constexpr double kCell = 24.0;

    template <class Test> bool anyIn(const LabelBox& box, Test test)
    {
        return visit(box,
                     [&](const std::vector<LabelMarker>& cell) { return std::any_of(cell.begin(), cell.end(), test); });
    }

    static std::size_t cells(double length) { return static_cast<std::size_t>(std::max(0.0, length) / kCell) + 1; }

    static std::size_t index(double offset, std::size_t count)
    {
        return static_cast<std::size_t>(std::clamp(offset / kCell, 0.0, static_cast<double>(count - 1)));
    }

    /// Calls `f` for the cells that a box touches until it returns true.
    template <class F> bool visit(const LabelBox& box, F f)
    {
        const std::size_t left = index(box.x - m_area.x, m_columns);
        const std::size_t right = index(box.x + box.width - m_area.x, m_columns);
        const std::size_t bottom = index(box.y + box.height - m_area.y, m_rows);
        for (std::size_t row = index(box.y - m_area.y, m_rows); row <= bottom; ++row)
            for (std::size_t column = left; column <= right; ++column)
                if (f(m_cells[row * m_columns + column]))
                    return true;
        return false;
    }

    LabelBox m_area;
    std::size_t m_columns;
    std::size_t m_rows;
    std::vector<std::vector<LabelMarker>> m_cells;
};

LabelBox boxBeside(const LabelRequest& label, Direction direction, double distance)
{
    // On the diagonal the corner faces the marker, which may then come nearer.
    const double reach = direction.x != 0 && direction.y != 0 ? distance * std::sqrt(0.5) : distance;
    const double centreX = label.marker.x + direction.x * (reach + label.width / 2);
    const double centreY = label.marker.y + direction.y * (reach + label.height / 2);
    return {centreX - label.width / 2, centreY - label.height / 2, label.width, label.height};
}

class Placer {
public:
    Placer(const LabelBox& area, const std::vector<LabelBox>& obstacles, const std::vector<LabelLine>& lines)
        : m_area(area), m_grid(area), m_boxes(obstacles), m_lines(lines)
    {
    }

    void avoid(const LabelMarker& marker) { m_grid.add(marker); }

    PlacedLabel place(const LabelRequest& label)
    {
        if (!contains(m_area, {label.marker.x, label.marker.y, 0, 0}))
            return {};
        const auto off = placeBy(label, true);
        return off.visible || m_lines.empty() ? off : placeBy(label, false);
    }

private:
    /// What a place must be like, besides free.
    struct Demand {
        bool leader;
        bool clearBox;  ///< cannot be taken for another marker's
        bool clearLine; ///< the leader runs over no other marker
    };

    /// In the order of preference. Near another marker a line says whose label it is; a name in doubt is better than
    /// none.
    static constexpr std::array kDemands = {Demand{false, true, true}, Demand{true, true, true},
                                            Demand{true, false, true}, Demand{false, false, true},
                                            Demand{true, false, false}};
    static constexpr std::array<double, 1> kNoLeader{0.0};

    PlacedLabel placeBy(const LabelRequest& label, bool offLines)
    {
        for (const Demand& demand : kDemands)
            if (const auto placed = tryAll(label, demand, offLines))
                return keep(label, *placed);
        return {};
    }

    std::optional<PlacedLabel> tryAll(const LabelRequest& label, const Demand& demand, bool offLines)
    {
        const auto lengths =
            demand.leader ? std::span<const double>(kLeaderLengths) : std::span<const double>(kNoLeader);
        for (const double length : lengths)
            for (const Direction direction : kDirections)
                if (const auto placed = tryAt(label, direction, length);
                    placed && meets(label, *placed, demand) && !(offLines && coversLine(placed->box)))
                    return placed;
        return std::nullopt;
    }

    bool meets(const LabelRequest& label, const PlacedLabel& placed, const Demand& demand)
    {
        if (demand.clearBox && m_grid.couldBeAnothers(placed.box, label.marker))
            return false;
        return !(demand.clearLine && placed.leader && m_grid.crossed(leaderOf(label, placed), label.marker));
    }

    static LabelLine leaderOf(const LabelRequest& label, const PlacedLabel& placed)
    {
        return {label.marker.x, label.marker.y, placed.leaderX, placed.leaderY};
    }

    std::optional<PlacedLabel> tryAt(const LabelRequest& label, Direction direction, double leaderLength)
    {
        PlacedLabel placed;
        placed.box = boxBeside(label, direction, label.marker.radius + kGap + leaderLength);
        if (!isFree(placed.box))
            return std::nullopt;
        placed.visible = true;
        placed.leader = leaderLength > 0.0;
        placed.leaderX = std::clamp(label.marker.x, placed.box.x, placed.box.x + placed.box.width);
        placed.leaderY = std::clamp(label.marker.y, placed.box.y, placed.box.y + placed.box.height);
        if (placed.leader && crossesBox(leaderOf(label, placed)))
            return std::nullopt;
        return placed;
    }

    bool isFree(const LabelBox& box)
    {
        const auto inTheWay = [&](const auto& thing) { return overlap(box, thing); };
        return contains(m_area, box) && std::none_of(m_boxes.begin(), m_boxes.end(), inTheWay) &&
               std::none_of(m_leaders.begin(), m_leaders.end(), inTheWay) && !m_grid.touches(box);
    }

    bool coversLine(const LabelBox& box) const
    {
        return std::any_of(m_lines.begin(), m_lines.end(), [&](const LabelLine& line) { return overlap(box, line); });
    }

    bool crossesBox(const LabelLine& line) const
    {
        return std::any_of(m_boxes.begin(), m_boxes.end(), [&](const LabelBox& box) { return overlap(box, line); });
    }

    PlacedLabel keep(const LabelRequest& label, const PlacedLabel& placed)
    {
        m_boxes.push_back(placed.box);
        if (placed.leader)
            m_leaders.push_back(leaderOf(label, placed));
        return placed;
    }

    LabelBox m_area;
    MarkerGrid m_grid;
    std::vector<LabelBox> m_boxes; ///< obstacles, then placed labels
    std::vector<LabelLine> m_leaders;
    const std::vector<LabelLine>& m_lines;
};

/// Highest priority first; NaN counts as the lowest.
std::vector<std::size_t> byPriority(const std::vector<LabelRequest>& labels)
{
    const auto rank = [&](std::size_t i) { return std::isnan(labels[i].priority) ? -HUGE_VAL : labels[i].priority; };
    std::vector<std::size_t> order(labels.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return rank(a) > rank(b); });
    return order;
}

} // namespace

std::vector<PlacedLabel> placeLabels(const std::vector<LabelRequest>& labels, const std::vector<LabelMarker>& others,
                                     const LabelBox& area, const std::vector<LabelBox>& obstacles,
                                     const std::vector<LabelLine>& lines)
{
    Placer placer(area, obstacles, lines);
    for (const LabelMarker& marker : others)
        placer.avoid(marker);
    for (const LabelRequest& label : labels)
        placer.avoid(label.marker);

    std::vector<PlacedLabel> placed(labels.size());
    for (const std::size_t i : byPriority(labels))
        placed[i] = placer.place(labels[i]);
    return placed;
}

} // namespace lathe
