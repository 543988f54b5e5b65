#include "layers/store/partial_blob.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <vector>

#include "layers/store/key_lock.h"
#include "support/clock.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::layers {
namespace {

using std::filesystem::path;

constexpr std::string_view kPartialPrefix = "part-";
constexpr std::chrono::milliseconds kLook{20};
constexpr std::int64_t kKept = 7L * 24 * 3600;  // seconds

bool TryLock(const UniqueFd& file) { return ::flock(file.get(), LOCK_EX | LOCK_NB) == 0; }

class PartialFile final : public oci::PartialBlob {
 public:
  PartialFile(SharedSession session, const oci::Descriptor& descriptor, path name, UniqueFd file)
      : session_(std::move(session)),
        descriptor_(descriptor),
        path_(std::move(name)),
        file_(std::move(file)) {
    Hash();
  }

  std::uint64_t size() const override { return digester_.size(); }

  void Write(std::span<const std::byte> bytes) override {
    if (bytes.size() > descriptor_.size - digester_.size()) {
      Forget("it is longer than it should be");
    }
    WriteAll(file_.get(), bytes);
    digester_.Update(bytes);
  }

  void Publish() override {
    if (digester_.size() != descriptor_.size) Forget("it is shorter than it should be");
    const oci::Digest digest = digester_.Finish();
    if (digest != descriptor_.digest) Forget("its content has the digest " + digest.ToString());
    if (::fdatasync(file_.get()) != 0) ThrowErrno("sync " + path_.native());
    if (::fchmod(file_.get(), 0444) != 0) ThrowErrno("set the mode of " + path_.native());
    session_->Pin(digest);
    if (!PublishNew(path_, session_->layout().Blob(digest))) ::unlink(path_.c_str());
  }

 private:
  // What an earlier process left; more than the whole blob is nothing that we know.
  void Hash() {
    std::vector<std::byte> buffer(256u << 10);
    for (;;) {
      const ssize_t count = ::read(file_.get(), buffer.data(), buffer.size());
      if (count < 0) ThrowErrno("read " + path_.native());
      if (count == 0) break;
      digester_.Update(std::span(buffer).first(static_cast<std::size_t>(count)));
      if (digester_.size() > descriptor_.size) return StartOver();
    }
  }

  void StartOver() {
    if (::ftruncate(file_.get(), 0) != 0 || ::lseek(file_.get(), 0, SEEK_SET) != 0) {
      ThrowErrno("empty " + path_.native());
    }
    digester_ = oci::Digester();
  }

  [[noreturn]] void Forget(const std::string& problem) {
    StartOver();
    throw Error(ErrorKind::kCorrupt,
                fmt::format("blob {}: {}", descriptor_.digest.ToString(), problem));
  }

  SharedSession session_;
  oci::Descriptor descriptor_;
  path path_;
  UniqueFd file_;
  oci::Digester digester_;
};

}  // namespace

std::unique_ptr<oci::PartialBlob> ContinueBlob(const SharedSession& session,
                                               const oci::Descriptor& descriptor,
                                               const std::stop_token& stop) {
  const path name =
      session->layout().ingest() / fmt::format("{}{}", kPartialPrefix, descriptor.digest.hex());
  for (;;) {
    UniqueFd file = OpenFile(name, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
    while (!TryLock(file)) {
      if (stop.stop_requested()) throw Error(ErrorKind::kCancelled, "cancelled");
      std::this_thread::sleep_for(kLook);
    }
    if (HasName(file, name)) {  // it was neither published nor swept
      // Looked for under the lock: whoever had it may have finished.
      if (std::filesystem::exists(session->layout().Blob(descriptor.digest))) {
        ::unlink(name.c_str());
        return nullptr;
      }
      return std::make_unique<PartialFile>(session, descriptor, name, std::move(file));
    }
    if (std::filesystem::exists(session->layout().Blob(descriptor.digest))) return nullptr;
  }
}

bool IsPartialBlob(const path& file) {
  return file.filename().native().starts_with(kPartialPrefix);
}

bool IsAbandoned(const path& partial_blob) {
  const auto file = OpenFileIfExists(partial_blob, O_RDWR | O_NOFOLLOW);
  struct stat info;
  if (!file || ::fstat(file->get(), &info) != 0 || !TryLock(*file)) return false;
  return Now().seconds - info.st_mtim.tv_sec > kKept;
}

}  // namespace ibuild::layers
