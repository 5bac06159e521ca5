#include "core/pruning/channel_scores.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "core/base/float_formats.h"
#include "core/base/random_stream.h"
#include "core/pruning/along_axis_p.h"

namespace lathe {

namespace {

struct CriterionRow {
    ChannelCriterion criterion;
    std::string_view name;
};
constexpr std::array<CriterionRow, 5> kCriteria{{{ChannelCriterion::L1, "l1"},
                                                 {ChannelCriterion::L2, "l2"},
                                                 {ChannelCriterion::BatchNormScale, "bn-scale"},
                                                 {ChannelCriterion::Random, "random"},
                                                 {ChannelCriterion::Taylor, "taylor"}}};

using Scores = std::vector<std::vector<double>>;

/// Scores by class while parameters are gone through.
class Scoring {
public:
    Scoring(const ChannelClassesOfGraph& classes, const StateDict& weights, const ChannelMeasure& measure)
        : m_classes(classes), m_weights(weights), m_measure(measure),
          m_sums(static_cast<std::size_t>(classes.count()), 0.0), m_terms(m_sums.size(), 0)
    {
    }

    Result<Scores> run(const std::vector<ChannelGroup>& groups)
    {
        for (const auto& [id, axis] : countedAxes(groups))
            if (auto added = add(id, axis); !added)
                return tl::unexpected(added.error());
        Scores scores;
        for (const ChannelGroup& group : groups)
            scores.push_back(scoresOf(group));
        return scores;
    }

private:
    bool counts(const ChannelAxis& axis) const
    {
        switch (m_measure.criterion) {
        case ChannelCriterion::L1:
        case ChannelCriterion::L2:
            return axis.role == ChannelRole::Weight;
        case ChannelCriterion::BatchNormScale:
            return axis.role == ChannelRole::Scale;
        case ChannelCriterion::Taylor:
        case ChannelCriterion::Random:
            break;
        }
        return false;
    }

    /// Each once, though several groups may share it.
    std::set<std::pair<ParameterId, std::size_t>> countedAxes(const std::vector<ChannelGroup>& groups) const
    {
        std::set<std::pair<ParameterId, std::size_t>> all;
        for (const ChannelGroup& group : groups)
            for (const ChannelAxis& axis : group.axes)
                if (counts(axis))
                    all.emplace(axis.parameter, axis.axis);
        return all;
    }

    Result<void> add(ParameterId id, std::size_t axis)
    {
        const auto index = static_cast<std::size_t>(id);
        const Result<HostTensor> weight = asFloat32(m_weights[index].tensor);
        if (!weight)
            return tl::unexpected(weight.error());
        const ChannelClasses& labels = m_classes.parameters[index][axis];
        addNorms(*weight, labels, axis);
        return {};
    }

    void addNorms(const HostTensor& weight, const ChannelClasses& labels, std::size_t axis)
    {
        const bool isEuclidean = m_measure.criterion == ChannelCriterion::L2;
        const float* w = weight.floats();
        std::vector<double> along(labels.size(), 0.0);
        forEachAlong(weight.shape, axis, [&](std::size_t i, std::int64_t place) {
            const double value = w[place];
            along[i] += isEuclidean ? value * value : std::abs(value);
        });
        std::map<int, double> ofClass;
        for (std::size_t i = 0; i < labels.size(); ++i)
            ofClass[labels[i]] += along[i];
        for (const auto& [id, sum] : ofClass)
            m_sums[static_cast<std::size_t>(id)] += isEuclidean ? std::sqrt(sum) : sum;
        count(labels);
    }

    void count(ChannelClasses labels)
    {
        std::sort(labels.begin(), labels.end());
        labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
        for (const int id : labels)
            ++m_terms[static_cast<std::size_t>(id)];
    }

    std::vector<double> scoresOf(const ChannelGroup& group) const
    {
        std::vector<double> scores;
        for (const int id : group.classes) {
            const auto index = static_cast<std::size_t>(id);
            if (m_measure.criterion == ChannelCriterion::Random)
                scores.push_back(RandomStream(m_measure.seed, index).uniform());
            else if (m_measure.criterion == ChannelCriterion::Taylor)
                scores.push_back((*m_measure.lossChanges)[index]);
            else if (m_terms[index] == 0)
                return {};
            else
                scores.push_back(m_sums[index] / m_terms[index]);
        }
        return scores;
    }

    const ChannelClassesOfGraph& m_classes;
    const StateDict& m_weights;
    const ChannelMeasure& m_measure;
    std::vector<double> m_sums; ///< by class
    std::vector<int> m_terms;   ///< tensors that each is of
};

} // namespace

std::string_view name(ChannelCriterion criterion)
{
    return std::find_if(kCriteria.begin(), kCriteria.end(),
                        [&](const CriterionRow& row) { return row.criterion == criterion; })
        ->name;
}

Result<ChannelCriterion> channelCriterionFromName(std::string_view name)
{
    const auto* row =
        std::find_if(kCriteria.begin(), kCriteria.end(), [&](const CriterionRow& r) { return r.name == name; });
    if (row == kCriteria.end())
        return fail(
            ErrorCode::InvalidArgument,
            fmt::format("There is no criterion \"{}\" for channels; take l1, l2, bn-scale, random or taylor.", name));
    return row->criterion;
}

Result<Scores> channelScores(const Graph& graph, const ChannelClassesOfGraph& classes,
                             const std::vector<ChannelGroup>& groups, const StateDict& weights,
                             const ChannelMeasure& measure)
{
    const bool isTaylor = measure.criterion == ChannelCriterion::Taylor;
    if (isTaylor && measure.lossChanges == nullptr)
        return fail(ErrorCode::InvalidArgument,
                    "The first-order criterion needs gradients: give a dataset to take them on.");
    if (isTaylor && measure.lossChanges->size() != static_cast<std::size_t>(classes.count()))
        return fail(ErrorCode::InvalidArgument, fmt::format("The changes of the loss are not those of {}; take them on "
                                                            "the network that is pruned.",
                                                            graph.name()));
    return Scoring(classes, weights, measure).run(groups);
}

} // namespace lathe
