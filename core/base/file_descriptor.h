#pragma once

#include <string>
#include <string_view>

#include <sys/types.h>

namespace lathe {

/// An open file that closes itself. A call that returns false leaves the reason in errno.
class FileDescriptor {
public:
    /// New files get `permissions` as far as the umask allows.
    FileDescriptor(const std::string& path, int flags, mode_t permissions = 0666);
    ~FileDescriptor();
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;

    int get() const { return m_descriptor; }
    bool isOpen() const { return m_descriptor >= 0; }

    bool writeAll(std::string_view bytes) const;
    bool readAll(std::string& bytes) const;
    bool flush() const; ///< to the disk; true for what cannot be flushed, such as a pipe
    bool close();

private:
    int m_descriptor = -1;
};

/// Flushes a folder, so that the names in it survive a power cut. No folder is no failure.
void flushFolder(const std::string& folder);

/// errno's value as a reason with what to do: "no permission to write there; choose another place".
std::string writeFailure(int code);

} // namespace lathe
