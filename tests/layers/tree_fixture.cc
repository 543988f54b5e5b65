#include "tests/layers/tree_fixture.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "layers/diff/whiteout.h"
#include "support/error.h"
#include "support/sha256.h"

namespace ibuild::layers {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kTime = 1'000'000'000;

void WriteProcFile(const char* path, const std::string& text) {
  const UniqueFd file = OpenFile(path, O_WRONLY);
  WriteAll(file.get(), text);
}

// Whiteouts and mounts need a root: without one the tests become root of a namespace of their own,
// which is what a rootless build does.
class BecomeRoot final : public ::testing::Environment {
 public:
  void SetUp() override {
    const uid_t uid = ::geteuid();
    const gid_t gid = ::getegid();
    const int flags = CLONE_NEWNS | (uid == 0 ? 0 : CLONE_NEWUSER);
    if (::unshare(flags) != 0) ThrowErrno("unshare");
    if (uid != 0) {
      WriteProcFile("/proc/self/setgroups", "deny");
      WriteProcFile("/proc/self/uid_map", fmt::format("0 {} 1", uid));
      WriteProcFile("/proc/self/gid_map", fmt::format("0 {} 1", gid));
    }
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) ThrowErrno("mount /");
    ::umask(022);
  }
};

const ::testing::Environment* const kBecomeRoot =
    ::testing::AddGlobalTestEnvironment(new BecomeRoot);

void MakeParents(const fs::path& path) {
  if (!fs::exists(path.parent_path())) PutDirectory(path.parent_path());
}

std::string ContentOf(const fs::path& path, const struct stat& file) {
  if (S_ISLNK(file.st_mode)) return "-> " + fs::read_symlink(path).string();
  if (S_ISREG(file.st_mode)) {
    const std::string text = ReadFile(path, 1u << 30);
    return text.size() <= 40 ? text : ToHex(Sha256::Of(text));
  }
  return {};
}

std::string Describe(const fs::path& path, bool with_times) {
  struct stat file;
  if (::lstat(path.c_str(), &file) != 0) ThrowErrno(path.string());
  std::string text = fmt::format("{:o} {}:{}", file.st_mode, file.st_uid, file.st_gid);
  if (S_ISDIR(file.st_mode)) return text;
  if (with_times) text += fmt::format(" @{}", file.st_mtim.tv_sec);
  if (S_ISCHR(file.st_mode) || S_ISBLK(file.st_mode)) text += fmt::format(" {:x}", file.st_rdev);
  return text + " " + ContentOf(path, file);
}

}  // namespace

TempDir MakeTestDirectory() { return TempDir(fs::temp_directory_path(), "ibuild-layers-"); }

void SetTime(const fs::path& path, std::int64_t seconds, long nanoseconds) {
  const timespec times[2] = {{seconds, nanoseconds}, {seconds, nanoseconds}};
  if (::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0) {
    ThrowErrno(path.string());
  }
}

void PutFile(const fs::path& path, std::string_view content, unsigned mode) {
  MakeParents(path);
  WriteFileAtomically(path, content, mode);
  SetTime(path, kTime);
}

void PutDirectory(const fs::path& path, unsigned mode) {
  fs::create_directories(path);
  if (::chmod(path.c_str(), mode) != 0) ThrowErrno(path.string());
  SetTime(path, kTime);
}

void PutLink(const fs::path& path, const std::string& target) {
  MakeParents(path);
  fs::create_symlink(target, path);
  SetTime(path, kTime);
}

void PutWhiteout(const fs::path& path) {
  MakeParents(path);
  const UniqueFd parent = OpenFile(path.parent_path(), O_PATH | O_DIRECTORY);
  MakeWhiteout(parent.get(), path.filename().string());
}

void PutOpaque(const fs::path& directory) {
  if (!fs::exists(directory)) PutDirectory(directory);
  SetOpaque(OpenFile(directory, O_RDONLY | O_DIRECTORY).get(), CurrentOverlaySpace());
}

TreeText DescribeTree(const fs::path& root, bool with_times) {
  TreeText text;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    text[entry.path().lexically_relative(root).string()] = Describe(entry.path(), with_times);
  }
  return text;
}

RawTar& RawTar::Add(TarHeader header, std::string_view content) {
  if (header.size == 0) header.size = static_cast<std::int64_t>(content.size());
  const TarBlock block = EncodeTarHeader(header);
  text_.append(block.data(), block.size());
  text_ += content;
  text_.resize((text_.size() + kTarBlock - 1) / kTarBlock * kTarBlock);
  return *this;
}

RawTar& RawTar::File(std::string name, std::string_view content, unsigned mode) {
  TarHeader header;
  header.name = std::move(name);
  header.mode = mode;
  header.mtime = kTime;
  return Add(header, content);
}

RawTar& RawTar::Directory(std::string name, unsigned mode) {
  TarHeader header;
  header.name = std::move(name);
  header.type = '5';
  header.mode = mode;
  header.mtime = kTime;
  return Add(header);
}

RawTar& RawTar::Symlink(std::string name, std::string target) {
  TarHeader header;
  header.name = std::move(name);
  header.link_name = std::move(target);
  header.type = '2';
  header.mode = 0777;
  header.mtime = kTime;
  return Add(header);
}

RawTar& RawTar::HardLink(std::string name, std::string target) {
  TarHeader header;
  header.name = std::move(name);
  header.link_name = std::move(target);
  header.type = '1';
  return Add(header);
}

RawTar& RawTar::Pax(const PaxRecords& records) {
  TarHeader header;
  header.name = "PaxHeaders.0/x";
  header.type = 'x';
  return Add(header, FormatPax(records));
}

RawTar& RawTar::Bytes(std::string_view bytes) {
  text_ += bytes;
  return *this;
}

std::string RawTar::End() const { return text_ + std::string(2 * kTarBlock, '\0'); }

TestOverlay::TestOverlay(const std::vector<fs::path>& lower, const fs::path& upper,
                         const fs::path& work, fs::path target)
    : target_(std::move(target)) {
  for (const fs::path& directory : {upper, work, target_}) fs::create_directories(directory);
  std::string options = "index=off,metacopy=off,redirect_dir=off,lowerdir=";
  if (CurrentOverlaySpace() == OverlaySpace::kUser) options = "index=off,userxattr,lowerdir=";
  for (auto layer = lower.rbegin(); layer != lower.rend(); ++layer) {
    options += (layer == lower.rbegin() ? "" : ":") + layer->string();
  }
  options += ",upperdir=" + upper.string() + ",workdir=" + work.string();
  if (::mount("overlay", target_.c_str(), "overlay", 0, options.c_str()) != 0) {
    ThrowErrno("mount overlay " + options);
  }
}

TestOverlay::~TestOverlay() { ::umount2(target_.c_str(), MNT_DETACH); }

std::uint32_t SomeOwner() { return CurrentOverlaySpace() == OverlaySpace::kTrusted ? 1000 : 0; }

}  // namespace ibuild::layers
