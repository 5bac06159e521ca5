#pragma once

#include <numeric>
#include <utility>
#include <vector>

namespace lathe {

/// Union-find with path halving: elements 0, 1, ... in sets that can be joined.
class DisjointSets {
public:
    explicit DisjointSets(int elements = 0) : m_parent(static_cast<std::size_t>(elements))
    {
        std::iota(m_parent.begin(), m_parent.end(), 0);
    }

    int size() const { return static_cast<int>(m_parent.size()); }

    int add()
    {
        m_parent.push_back(size());
        return size() - 1;
    }

    /// The same for all elements of a set.
    int find(int element)
    {
        while (parent(element) != element)
            element = parent(element) = parent(parent(element));
        return element;
    }

    /// The smaller of the two sets' first elements stands for both.
    void join(int a, int b)
    {
        a = find(a);
        b = find(b);
        if (a > b)
            std::swap(a, b);
        parent(b) = a;
    }

private:
    int& parent(int element) { return m_parent[static_cast<std::size_t>(element)]; }

    std::vector<int> m_parent;
};

} // namespace lathe
