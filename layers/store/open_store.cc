#include "layers/store/open_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "layers/store/store_session.h"
#include "oci/manifest.h"
#include "oci/media_type.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::layers {
namespace {

using std::filesystem::path;

constexpr std::string_view kVersion = "1";
constexpr std::string_view kOciLayout = "{\"imageLayoutVersion\":\"1.0.0\"}";
constexpr std::array<std::string_view, 12> kDirectories = {
    "blobs",        "blobs/sha256", "layers", "chains", "compressed", "cache",
    "cache-mounts", "ingest",       "leases", "locks",  "unsynced",   "trash"};

void CheckOwner(const path& root, const struct stat& info) {
  if (info.st_uid != ::geteuid()) {
    throw Error(ErrorKind::kPermissionDenied,
                fmt::format("the store {} belongs to another user (uid {}, you are {})",
                            root.native(), info.st_uid, ::geteuid()))
        .WithHint("choose another directory with --root or IBUILD_ROOT");
  }
  // Others must not reach into a store: layers hold set-id programs, records decide what is built.
  if ((info.st_mode & 0077) != 0 && ::chmod(root.c_str(), 0700) != 0) {
    ThrowErrno("make " + root.native() + " private");
  }
}

void CheckVersion(const path& root, std::string_view version) {
  if (Trim(version) == kVersion) return;
  throw Error(ErrorKind::kUnsupported,
              fmt::format("the store {} has format {}, this ibuild knows format {}", root.native(),
                          PrintableText(Trim(version)), kVersion))
      .WithHint("use the ibuild that made it, or another directory with --root");
}

// What making a store may have left when it was interrupted, or what another process has made since
// we looked for `version`. Other things mean that the directory is somebody's.
bool IsPartOfStore(const path& name) {
  const std::string text = name.native();
  if (text == "lost+found") return true;  // a file system of its own, freshly made
  return text == "version" || text == "oci-layout" || text == "index.json" || text == "owners" ||
         std::find(kDirectories.begin(), kDirectories.end(), text) != kDirectories.end();
}

void CheckUnclaimed(const path& root) {
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    if (IsPartOfStore(entry.path().filename())) continue;
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("{} is not a store and not empty: it has {}", root.native(),
                            PrintableText(entry.path().filename().native())))
        .WithHint("choose another directory with --root or IBUILD_ROOT");
  }
}

constexpr std::string_view kStagedPrefix = "new.";

// Only when it is missing: another process may already have names in it.
void WriteIfMissing(const StoreLayout& layout, const path& file, std::string_view content) {
  const path staged = layout.ingest() / (std::string(kStagedPrefix) + RandomHex());
  UniqueFd fd = OpenFile(staged, O_WRONLY | O_CREAT | O_EXCL, 0600);
  WriteAll(fd.get(), content);
  if (::fdatasync(fd.get()) != 0) ThrowErrno("sync " + staged.native());
  fd.Close();
  if (!PublishNew(staged, file)) ::unlink(staged.c_str());
}

// Of others who were making this store when they were killed: no session answers for it.
void RemoveUnfinished(const StoreLayout& layout) {
  for (const auto& entry : std::filesystem::directory_iterator(layout.ingest())) {
    if (entry.path().filename().native().starts_with(kStagedPrefix)) ::unlink(entry.path().c_str());
  }
}

void CreateStore(const StoreLayout& layout) {
  CheckUnclaimed(layout.root());
  for (const std::string_view directory : kDirectories) {
    MakeDirectories(layout.root() / directory, 0700);
  }
  // There from the start, so that pruning needs no space on a full disk. Held here, so that no
  // prune and no other maker takes what is being made.
  const FileLock alone = FileLock::Acquire(layout.reclaim_lock(), FileLock::Mode::kExclusive);
  RemoveUnfinished(layout);
  WriteIfMissing(layout, layout.oci_layout(), kOciLayout);
  WriteIfMissing(layout, layout.index(),
                 Serialize(oci::Index{.media_type = std::string(oci::kOciIndex),
                                      .artifact_type = {},
                                      .manifests = {},
                                      .subject = {},
                                      .annotations = {}}));
  WriteIfMissing(layout, layout.version(), std::string(kVersion) + "\n");
}

}  // namespace

void PrepareStore(const StoreLayout& layout) {
  const path& root = layout.root();
  struct stat info;
  if (::stat(root.c_str(), &info) != 0) {
    if (errno != ENOENT) ThrowErrno("open the store " + root.native());
    MakeDirectories(root, 0700);
    if (::stat(root.c_str(), &info) != 0) ThrowErrno("open the store " + root.native());
  }
  if (!S_ISDIR(info.st_mode)) {
    throw Error(ErrorKind::kInvalidInput, root.native() + " is not a directory");
  }
  CheckOwner(root, info);
  if (const auto version = ReadFileIfExists(layout.version(), 4096)) {
    CheckVersion(root, *version);
  } else {
    CreateStore(layout);
  }
}

}  // namespace ibuild::layers
