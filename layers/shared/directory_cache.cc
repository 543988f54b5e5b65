#include "layers/shared/directory_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "oci/blob_store.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::layers {
namespace {

using std::filesystem::path;

constexpr std::size_t kMostDocuments = 64;  // of writers that died between their two steps
constexpr mode_t kFileMode = 0644;

// Jobs of several users may share the directory, so its modes are what their umask says.
void MakeSharedDirectory(const path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) throw ErrnoError("make directory " + directory.native(), error.value());
}

}  // namespace

DirectoryCache::Found DirectoryCache::Find() const {
  Found found;
  std::error_code absent;
  for (const auto& entry : std::filesystem::directory_iterator(answers(), absent)) {
    const bool is_document =
        oci::Digest::TryParse("sha256:" + entry.path().filename().native()).has_value();
    if (is_document) found.files.push_back(entry.path());
  }
  std::sort(found.files.begin(), found.files.end());
  if (found.files.size() > kMostDocuments) found.files.resize(kMostDocuments);
  for (const path& file : found.files) {
    auto text = ReadFileIfExists(file, kMostBytes);
    // Cut off by a crash, or being replaced: the others count.
    if (text && oci::Digest::OfText(*text).hex() == file.filename().native()) {
      found.documents.push_back(*std::move(text));
    }
  }
  return found;
}

std::optional<std::string> DirectoryCache::JoinAll(const Found& found) const {
  if (found.documents.empty()) return std::nullopt;
  if (found.documents.size() == 1) return found.documents.front();
  return join_(found.documents);
}

std::optional<std::string> DirectoryCache::ReadAnswers(std::stop_token) {
  if (!std::filesystem::is_directory(directory_)) {
    throw Error(ErrorKind::kNotFound, directory_.native() + " is no directory");
  }
  return JoinAll(Find());
}

void DirectoryCache::WriteAnswers(const Merge& merge) {
  const Found found = Find();
  const auto merged = merge(JoinAll(found));
  if (!merged) return;
  MakeSharedDirectory(answers());
  const path target = answers() / oci::Digest::OfText(merged->text).hex();
  WriteFileAtomically(target, merged->text, kFileMode);
  for (const path& file : found.files) {
    if (file != target) ::unlink(file.c_str());
  }
}

bool DirectoryCache::Has(const oci::Descriptor& blob) {
  struct stat info;
  const path file = blobs() / blob.digest.hex();
  return ::stat(file.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
         static_cast<std::uint64_t>(info.st_size) == blob.size;
}

std::unique_ptr<ByteSource> DirectoryCache::Open(const oci::Descriptor& blob) {
  auto file = OpenFileIfExists(blobs() / blob.digest.hex(), O_RDONLY);
  if (!file) {
    throw Error(ErrorKind::kNotFound, blob.digest.ToString() + " is not in " + directory_.native());
  }
  return std::make_unique<oci::VerifyingSource>(std::make_unique<FdSource>(std::move(*file)), blob);
}

void DirectoryCache::Put(const oci::Descriptor& blob,
                         const std::function<std::unique_ptr<ByteSource>()>& open) {
  if (Has(blob)) return;
  MakeSharedDirectory(blobs());
  const path target = blobs() / blob.digest.hex();
  const path staged = blobs() / (".part-" + RandomHex());
  try {
    FdSink sink(OpenFile(staged, O_WRONLY | O_CREAT | O_EXCL, kFileMode));
    const auto content = open();
    Copy(*content, sink);
    sink.Finish();
    if (::rename(staged.c_str(), target.c_str()) != 0) ThrowErrno("publish " + target.native());
  } catch (...) {
    ::unlink(staged.c_str());
    throw;
  }
}

}  // namespace ibuild::layers
