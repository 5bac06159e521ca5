#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/session/record.h"

namespace lathe::cli {

/// Rows under a header, columns aligned: the first to the left, the others to the right. Written to standard output.
void printTable(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows);

/// One row a record, with figures to the digits their intervals support, then the flags in words.
void printRecords(const std::vector<Record>& records);

/// What a message says, which may quote a file, as a terminal can be given it: one line, without control characters,
/// and its middle left out where it is long.
std::string forTerminal(std::string_view message);

/// A line on standard error, overwritten by the next where that is a terminal; elsewhere one every few seconds, or
/// where more than its numbers changed.
void printStatus(const std::string& text);

} // namespace lathe::cli
