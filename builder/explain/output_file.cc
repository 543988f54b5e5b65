#include "builder/explain/output_file.h"

#include <fcntl.h>

#include <algorithm>
#include <exception>

#include "support/files.h"

namespace ibuild::builder {

void OutputFile::Write(std::string_view bytes) noexcept {
  try {
    bytes = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
    if (bytes.empty()) return;
    if (!fd_) {
      MakeDirectories(path_.parent_path(), 0700);
      fd_ = OpenFile(path_, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    }
    WriteAll(fd_.get(), bytes);
    left_ -= bytes.size();
  } catch (const std::exception&) {
    left_ = 0;  // a full disk: the rest is not kept either
  }
}

}  // namespace ibuild::builder
