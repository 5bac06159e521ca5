#include "core/analysis/layer_tree.h"

#include <unordered_map>

namespace lathe {

namespace {

class TreeBuilder {
public:
    explicit TreeBuilder(const std::string& network)
    {
        m_branches.push_back({.name = network, .path = {}, .children = {}, .row = {}, .total = {}});
    }

    void add(const LayerRow& row, std::size_t index)
    {
        int branch = branchOf(row.name);
        m_branches[static_cast<std::size_t>(branch)].row = index;
        for (; branch >= 0; branch = m_branches[static_cast<std::size_t>(branch)].parent)
            addTo(m_branches[static_cast<std::size_t>(branch)].total, row);
    }

    std::vector<LayerBranch> take() { return std::move(m_branches); }

private:
    static void addTo(LayerRow& total, const LayerRow& row)
    {
        total.parameters += row.parameters;
        total.macs += row.macs;
        total.bytes += row.bytes;
        if (row.milliseconds)
            total.milliseconds = total.milliseconds.value_or(0.0) + *row.milliseconds;
        if (row.share)
            total.share = total.share.value_or(0.0) + *row.share;
    }

    int branchOf(const std::string& path)
    {
        if (const auto found = m_byPath.find(path); found != m_byPath.end())
            return found->second;
        const std::size_t dot = path.rfind('.');
        const int parent = dot == std::string::npos ? 0 : branchOf(path.substr(0, dot));
        const int made = static_cast<int>(m_branches.size());
        LayerBranch branch;
        branch.name = dot == std::string::npos ? path : path.substr(dot + 1);
        branch.path = path;
        branch.parent = parent;
        std::vector<int>& siblings = m_branches[static_cast<std::size_t>(parent)].children;
        branch.position = static_cast<int>(siblings.size());
        siblings.push_back(made);
        m_branches.push_back(std::move(branch));
        return m_byPath[path] = made;
    }

    std::vector<LayerBranch> m_branches;
    std::unordered_map<std::string, int> m_byPath;
};

} // namespace

std::vector<LayerBranch> layerTree(const LayerTable& table, const std::string& network)
{
    TreeBuilder builder(network);
    for (std::size_t i = 0; i < table.rows.size(); ++i)
        builder.add(table.rows[i], i);
    std::vector<LayerBranch> branches = builder.take();
    for (LayerBranch& branch : branches) {
        const LayerRow own = branch.row ? table.rows[*branch.row] : LayerRow{};
        branch.total.name = branch.path;
        branch.total.operation = own.operation;
        branch.total.kind = own.kind;
        branch.total.input = own.input;
        branch.total.output = own.output;
    }
    return branches;
}

} // namespace lathe
