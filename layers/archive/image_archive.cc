#include "layers/archive/image_archive.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "layers/archive/image_layout.h"
#include "layers/tar/writer.h"
#include "support/cleanup.h"
#include "support/error.h"
#include "support/files.h"
#include "support/json.h"

namespace ibuild::layers {
namespace {

using std::filesystem::path;

constexpr mode_t kBlobMode = 0444;
constexpr mode_t kDocumentMode = 0644;

TarEntry MakeEntry(std::string name, FileType type, mode_t mode, std::uint64_t size) {
  TarEntry entry;
  entry.name = std::move(name);
  entry.meta.type = type;
  entry.meta.mode = mode;
  entry.meta.size = size;
  return entry;
}

void AddDocument(TarWriter& tar, const std::string& name, mode_t mode, const std::string& text) {
  StringSource content(text);
  tar.Add(MakeEntry(name, FileType::kRegular, mode, text.size()), content);
}

void AddBlob(TarWriter& tar, oci::BlobSource& blobs, const oci::Descriptor& blob) {
  const auto content = blobs.Open(blob);
  tar.Add(MakeEntry("blobs/sha256/" + blob.digest.hex(), FileType::kRegular, kBlobMode, blob.size),
          *content);
}

void WriteBlobFile(oci::BlobSource& blobs, const oci::Descriptor& blob, const path& file) {
  struct stat info;
  if (::lstat(file.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
      static_cast<std::uint64_t>(info.st_size) == blob.size) {
    return;  // of an earlier export
  }
  const path partial = file.native() + "." + RandomHex();
  const auto content = blobs.Open(blob);
  const Cleanup cleanup([&] { ::unlink(partial.c_str()); });
  try {
    FdSink sink(OpenFile(partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, kBlobMode));
    Copy(*content, sink);
    sink.Finish();
    if (::rename(partial.c_str(), file.c_str()) != 0) ThrowErrno("rename to " + file.native());
  } catch (const Error&) {
    ::unlink(partial.c_str());
    throw;
  }
}

std::string NameIn(const oci::Descriptor& entry) {
  const auto name = entry.annotations.find(std::string(kContainerdNameKey));
  return name == entry.annotations.end() ? std::string() : name->second;
}

std::string RefNameIn(const oci::Descriptor& entry) {
  const auto name = entry.annotations.find(std::string(kRefNameKey));
  return name == entry.annotations.end() ? std::string() : name->second;
}

// Whether the newer entry takes the place of the old one: the same full name; without one, the same
// tag of the layout; without either, the same image.
bool Replaces(const oci::Descriptor& entry, const oci::Descriptor& old) {
  if (NameIn(entry) != NameIn(old)) return false;
  if (!NameIn(entry).empty()) return true;
  if (RefNameIn(entry) != RefNameIn(old)) return false;
  return !RefNameIn(entry).empty() || entry.digest == old.digest;
}

std::vector<oci::Descriptor> ReadEntries(const path& file) {
  std::vector<oci::Descriptor> entries;
  const auto text = ReadFileIfExists(file, 8u << 20);
  if (!text) return entries;
  const Json document = ParseJson(*text, file.native());
  JsonReader(document, file.native()).At("manifests").ForEachElement([&](const JsonReader& entry) {
    entries.push_back(oci::ReadDescriptor(entry));
  });
  return entries;
}

// `added` into what is there: a name moves, and an image without a name is there once.
std::vector<oci::Descriptor> MergeEntries(std::vector<oci::Descriptor> present,
                                          const std::vector<oci::Descriptor>& added) {
  for (const oci::Descriptor& entry : added) {
    std::erase_if(present, [&](const oci::Descriptor& old) { return Replaces(entry, old); });
    present.push_back(entry);
  }
  return present;
}

}  // namespace

void WriteArchive(oci::BlobSource& blobs, ArchiveKind kind,
                  const std::vector<ArchivedImage>& images, ByteSink& sink) {
  ImageLayout layout = PlanLayout(blobs, kind, images);
  TarWriter tar(sink);
  tar.Add(MakeEntry("blobs", FileType::kDirectory, 0755, 0));
  tar.Add(MakeEntry("blobs/sha256", FileType::kDirectory, 0755, 0));
  for (const oci::Descriptor& blob : layout.blobs) AddBlob(tar, blobs, blob);
  AddDocument(tar, "index.json", kDocumentMode, IndexText(std::move(layout.entries)));
  if (!layout.docker_manifest.empty()) {
    AddDocument(tar, "manifest.json", kDocumentMode, layout.docker_manifest);
  }
  AddDocument(tar, "oci-layout", kBlobMode, std::string(kOciLayoutText));
  tar.Finish();
}

void WriteLayoutDirectory(oci::BlobSource& source, ArchiveKind kind, const ArchivedImage& image,
                          const path& directory) {
  const ImageLayout layout = PlanLayout(source, kind, {image});
  const path blobs = directory / "blobs/sha256";
  MakeDirectories(blobs);
  const path index = directory / "index.json";
  const auto entries = MergeEntries(ReadEntries(index), layout.entries);
  for (const oci::Descriptor& blob : layout.blobs) {
    WriteBlobFile(source, blob, blobs / blob.digest.hex());
  }
  WriteFileAtomically(directory / "oci-layout", kOciLayoutText, kDocumentMode);
  if (!layout.docker_manifest.empty()) {
    WriteFileAtomically(directory / "manifest.json", layout.docker_manifest, kDocumentMode);
  }
  // Last: an index leads only to blobs that are there.
  WriteFileAtomically(index, IndexText(entries), kDocumentMode);
}

}  // namespace ibuild::layers
