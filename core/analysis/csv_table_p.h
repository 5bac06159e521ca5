#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lathe {

/// A CSV text as read: a header of lower-case names and rows of cells.
class CsvTable {
public:
    /// RFC 4180 with what is met besides: LF or CR line ends, a byte order mark, blank lines, blanks around cells,
    /// a quote that is never closed. Short rows lack cells; long ones have some too many.
    explicit CsvTable(std::string_view text);

    /// Number of the first of `names` among the columns.
    std::optional<std::size_t> column(std::initializer_list<std::string_view> names) const;

    std::size_t rowCount() const { return m_rows.size(); }

    /// Empty for a column that is not there.
    std::string_view text(std::size_t row, std::optional<std::size_t> column) const;

    /// None for what is no finite number.
    std::optional<double> number(std::size_t row, std::optional<std::size_t> column) const;

private:
    using Row = std::vector<std::string>;
    Row m_header;
    std::vector<Row> m_rows;
};

} // namespace lathe
