#include "containers/state/spare_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "support/error.h"
#include "support/files.h"

namespace ibuild::containers {
namespace {

constexpr std::size_t kSize = 8U << 10;  // of a state, most are a tenth of that

bool Fill(const UniqueFd& file) {
  if (fallocate(file.get(), 0, 0, kSize) == 0) return true;
  const std::string zeros(kSize, '\0');  // not every file system allocates
  return pwrite(file.get(), zeros.data(), kSize, 0) == static_cast<ssize_t>(kSize);
}

bool Overwrite(const std::filesystem::path& path, std::string_view content) {
  const UniqueFd file(open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  return file &&
         pwrite(file.get(), content.data(), content.size(), 0) ==
             static_cast<ssize_t>(content.size()) &&
         ftruncate(file.get(), static_cast<off_t>(content.size())) == 0;
}

}  // namespace

void KeepSpare(const std::filesystem::path& spare) {
  const UniqueFd file(open(spare.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file && !Fill(file)) unlink(spare.c_str());
}

bool WriteIntoSpare(const std::filesystem::path& spare, const std::filesystem::path& file,
                    std::string_view content) {
  // Nobody else has it from now on.
  const std::string taken = spare.native() + RandomHex();
  if (rename(spare.c_str(), taken.c_str()) != 0) return false;
  const bool done = Overwrite(taken, content) && rename(taken.c_str(), file.c_str()) == 0;
  if (!done) unlink(taken.c_str());
  KeepSpare(spare);
  return done;
}

}  // namespace ibuild::containers
