#include "layers/store/blob_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "layers/store/blob_writer.h"
#include "layers/store/partial_blob.h"
#include "layers/store/verified_source.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::layers {
namespace {

using std::filesystem::path;

bool IsRegularFile(const path& file) {
  struct stat info;
  return ::lstat(file.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

std::uint64_t SizeOf(const UniqueFd& fd) {
  struct stat info;
  if (::fstat(fd.get(), &info) != 0) ThrowErrno("stat a blob");
  return static_cast<std::uint64_t>(info.st_size);
}

// Whether the fault is in the store (a file that was cut short) or in the descriptor.
void CheckSize(const UniqueFd& file, const oci::Descriptor& descriptor) {
  const std::uint64_t size = SizeOf(file);
  if (size == descriptor.size) return;
  oci::Digester digester;
  FunctionSink sink([&](std::span<const std::byte> bytes) { digester.Update(bytes); });
  FdSource source(file.Duplicate());
  Copy(source, sink);
  if (::lseek(file.get(), 0, SEEK_SET) != 0) ThrowErrno("rewind a blob");
  if (digester.Finish() != descriptor.digest) return;  // reading it will say so
  throw Error(ErrorKind::kCorrupt,
              fmt::format("{} has {} bytes, but is described as having {}",
                          descriptor.digest.ToString(), size, descriptor.size));
}

}  // namespace

bool BlobDirectory::HasFile(const oci::Digest& digest) {
  const path file = session_->layout().Blob(digest);
  if (!IsRegularFile(file)) return false;
  // A prune may have come between the look and the first pin.
  return session_->Pin(digest) || IsRegularFile(file);
}

bool BlobDirectory::Has(const oci::Digest& digest) {
  return HasFile(digest) || layers_.FindPacked({digest}).has_value();
}

std::unique_ptr<ByteSource> BlobDirectory::Open(const oci::Descriptor& descriptor) {
  const StoreLayout& layout = session_->layout();
  const path name = layout.Blob(descriptor.digest);
  if (auto file = OpenFileIfExists(name, O_RDONLY | O_NOFOLLOW)) {
    CheckSize(*file, descriptor);
    return OpenVerified(layout, name, std::make_unique<FdSource>(std::move(*file)), descriptor);
  }
  if (auto tar = layers_.OpenTar(descriptor)) return tar;
  for (const Elsewhere& elsewhere : elsewhere_) {
    if (auto found = elsewhere(descriptor)) {
      return std::make_unique<oci::VerifyingSource>(std::move(found), descriptor);
    }
  }
  throw Error(ErrorKind::kNotFound,
              fmt::format("{} is not in the store", descriptor.digest.ToString()))
      .WithHint("pull the image or build it again");
}

std::unique_ptr<oci::PartialBlob> BlobDirectory::Continue(const oci::Descriptor& descriptor,
                                                          const std::stop_token& stop) {
  if (Has(descriptor.digest)) return nullptr;
  return ContinueBlob(session_, descriptor, stop);
}

void BlobDirectory::Put(const oci::Descriptor& descriptor, ByteSource& content) {
  if (Has(descriptor.digest)) return;
  BlobWriter writer(session_);
  // Checked here too: what a caller passes in need not come from a verifying source.
  std::uint64_t left = descriptor.size;
  FunctionSink bounded([&](std::span<const std::byte> bytes) {
    if (bytes.size() > left) {
      throw Error(ErrorKind::kCorrupt, fmt::format("{} is longer than the {} bytes promised",
                                                   descriptor.digest.ToString(), descriptor.size));
    }
    left -= bytes.size();
    writer.Write(bytes);
  });
  Copy(content, bounded);
  writer.Finish();
  const oci::Descriptor got = writer.Describe(descriptor.media_type);
  if (got.digest != descriptor.digest || got.size != descriptor.size) {
    throw Error(ErrorKind::kCorrupt, fmt::format("expected {} ({} bytes), got {} ({} bytes)",
                                                 descriptor.digest.ToString(), descriptor.size,
                                                 got.digest.ToString(), got.size));
  }
  writer.Publish();
}

}  // namespace ibuild::layers
