#include <array>
#include <string_view>

#include "core/analysis/layer_table.h"
#include "core/base/csv_cell.h"

namespace lathe {

namespace {

std::string cell(const std::optional<double>& value)
{
    return value ? csv::cell(*value) : std::string();
}

std::string cell(const Shape& shape)
{
    return shape.empty() ? std::string() : toString(shape);
}

struct Column {
    std::string_view name;
    std::string (*text)(const LayerRow&);
};

constexpr std::array kColumns = {
    Column{"layer", [](const LayerRow& r) { return r.name; }},
    Column{"operation", [](const LayerRow& r) { return r.operation; }},
    Column{"kind", [](const LayerRow& r) { return std::string(kindName(r.kind)); }},
    Column{"input", [](const LayerRow& r) { return cell(r.input); }},
    Column{"output", [](const LayerRow& r) { return cell(r.output); }},
    Column{"params", [](const LayerRow& r) { return csv::cell(r.parameters); }},
    Column{"macs_of_batch", [](const LayerRow& r) { return csv::cell(r.macs); }},
    Column{"bytes_of_batch", [](const LayerRow& r) { return csv::cell(r.bytes); }},
    Column{"time_ms", [](const LayerRow& r) { return cell(r.milliseconds); }},
    Column{"time_fraction", [](const LayerRow& r) { return cell(r.share); }},
    Column{"gflops_per_s", [](const LayerRow& r) { return cell(r.gflopsPerSecond()); }},
};

} // namespace

std::string layersToCsv(const LayerTable& table)
{
    std::string csv;
    for (const Column& column : kColumns)
        csv.append(csv.empty() ? "" : ",").append(column.name);
    csv += "\r\n";
    for (const LayerRow& row : table.rows)
        for (const Column& column : kColumns)
            csv += csv::quoted(column.text(row)) + (&column == &kColumns.back() ? "\r\n" : ",");
    return csv;
}

} // namespace lathe
