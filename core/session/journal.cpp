#include "core/session/session.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/base/file_descriptor.h"
#include "core/session/json_p.h"

namespace lathe {

namespace {

constexpr auto kRetracted = "retracted";

/// Whether a crash left the last line without its end: what comes next must not be glued to it.
bool endsTorn(const FileDescriptor& file, off_t size)
{
    char last = '\n';
    return size > 0 && ::pread(file.get(), &last, 1, size - 1) == 1 && last != '\n';
}

/// The id that a line takes back; none if it is a record's line.
std::optional<std::string> retractedIn(const std::string& line)
{
    if (!line.starts_with(fmt::format("{{\"{}\":", kRetracted)))
        return std::nullopt;
    const auto parsed = json::Json::parse(line, nullptr, false);
    const auto found = parsed.is_object() ? parsed.find(kRetracted) : parsed.end();
    if (found == parsed.end() || !found->is_string())
        return std::nullopt;
    return found->get<std::string>();
}

off_t sizeOf(const FileDescriptor& file)
{
    struct stat info = {};
    return ::fstat(file.get(), &info) == 0 ? info.st_size : 0;
}

/// Each with its end of line. 0, or errno's value.
int appendTo(const std::filesystem::path& path, const std::string& lines)
{
    FileDescriptor file(path.string(), O_RDWR | O_APPEND | O_CREAT);
    if (!file.isOpen())
        return errno;
    const off_t size = sizeOf(file);
    if (!file.writeAll((endsTorn(file, size) ? "\n" : "") + lines) || !file.flush())
        return errno;
    if (size == 0)
        flushFolder(path.has_parent_path() ? path.parent_path().string() : ".");
    return file.close() ? 0 : errno;
}

} // namespace

Result<void> Journal::append(const Record& record) const
{
    return appendLines(recordToJson(record) + "\n");
}

Result<void> Journal::retract(const std::vector<std::string>& ids) const
{
    std::string lines;
    for (const std::string& id : ids)
        lines += json::dump({{kRetracted, id}}) + "\n";
    return appendLines(lines);
}

Result<void> Journal::appendLines(const std::string& lines) const
{
    const int code = appendTo(m_path, lines);
    if (code != 0)
        return fail(ErrorCode::InputOutput,
                    fmt::format("Cannot keep the journal '{}': {}.", m_path.string(), writeFailure(code)));
    return {};
}

std::vector<Record> Journal::read() const
{
    std::vector<Record> records;
    const std::string text = readFile(m_path).value_or(std::string());
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string line = text.substr(begin, end - begin);
        if (const auto id = retractedIn(line))
            std::erase_if(records, [&](const Record& record) { return record.id == *id; });
        else if (Result<Record> record = recordFromJson(line))
            records.push_back(std::move(*record));
        begin = end + 1;
    }
    return records;
}

bool Journal::exists() const
{
    std::error_code error;
    return std::filesystem::exists(m_path, error);
}

void Journal::remove() const
{
    std::error_code error;
    std::filesystem::remove(m_path, error);
}

std::filesystem::path Journal::beside(const std::filesystem::path& session)
{
    std::filesystem::path path = session;
    path += ".journal";
    return path;
}

} // namespace lathe
