#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/session/json_p.h"

namespace lathe::json {

/// A document as far as its text is sound JSON.
struct Salvaged {
    Json document; ///< null where not even its beginning is sound

    struct Damage {
        std::size_t offset = 0; ///< bytes up to where the text stops making sense
        bool atEnd = false;     ///< it only ends too early
        bool afterEnd = false;  ///< the document is whole, but something follows it
        std::string member;     ///< top-level member that was being read; empty: none
        bool inElement = false; ///< within one of that member's own values, which is left out
    };
    std::optional<Damage> damage;
};

/// Of a damaged text, the top-level members and the elements or members of theirs that were complete.
Salvaged parseSalvaging(const std::string& text);

/// The lines from `offset`'s on that are whole by themselves, for files that hold one value a line: objects, and
/// `"key": value` pairs as objects of one. Commas at their ends are passed over.
struct SalvagedLines {
    std::vector<Json> objects;
    Json members = Json::object();
    int broken = 0; ///< lines behind the first that begin an object and are none
};
SalvagedLines salvageLines(const std::string& text, std::size_t offset);

} // namespace lathe::json
