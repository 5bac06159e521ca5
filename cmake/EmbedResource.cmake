# embed_resource(FILE CONSTANT OUT): makes a source that defines `const std::string_view lathe::resources::CONSTANT`
# with the file's bytes, and puts its path into OUT. The file is read again when it changes.
function(embed_resource file constant out)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} text)
    # A string literal may hold at most 64 KiB by the standard: in pieces.
    string(LENGTH "${text}" length)
    set(pieces "")
    set(at 0)
    while(at LESS length)
        string(SUBSTRING "${text}" ${at} 8000 piece)
        string(APPEND pieces "    R\"lathe(${piece})lathe\"\n")
        math(EXPR at "${at} + 8000")
    endwhile()
    set(source ${CMAKE_CURRENT_BINARY_DIR}/${constant}.cpp)
    file(CONFIGURE OUTPUT ${source} CONTENT
"#include <string_view>
namespace lathe::resources {
extern const std::string_view @constant@;
const std::string_view @constant@ =
@pieces@;
}
" @ONLY)
    set(${out} ${source} PARENT_SCOPE)
endfunction()
