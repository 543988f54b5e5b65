#include "layers/store/blob_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/error.h"
#include "support/files.h"

namespace ibuild::layers {

BlobWriter::BlobWriter(SharedSession session)
    : session_(std::move(session)),
      path_(session_->NewStagingPath()),
      fd_(OpenFile(path_, O_RDWR | O_CREAT | O_EXCL, 0600)) {}

BlobWriter::~BlobWriter() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

void BlobWriter::Write(std::span<const std::byte> bytes) {
  WriteAll(fd_.get(), bytes);
  digester_.Update(bytes);
}

void BlobWriter::Finish() {
  digest_ = digester_.Finish();
  // Synced before it has a name: a blob's name never stands for bytes that power loss could take.
  if (::fdatasync(fd_.get()) != 0) ThrowErrno("sync " + path_.native());
  if (::fchmod(fd_.get(), 0444) != 0) ThrowErrno("set the mode of " + path_.native());
  fd_.Close();
}

oci::Descriptor BlobWriter::Describe(std::string media_type) const {
  return {.media_type = std::move(media_type), .digest = digest_.value(), .size = digester_.size()};
}

std::string BlobWriter::ReadBack(std::size_t limit) const {
  return ReadFile(path_.empty() ? session_->layout().Blob(digest_.value()) : path_, limit);
}

void BlobWriter::Publish() {
  if (path_.empty()) return;  // by an earlier call
  session_->Pin(digest_.value());
  if (PublishNew(path_, session_->layout().Blob(digest_.value()))) path_.clear();
}

}  // namespace ibuild::layers
