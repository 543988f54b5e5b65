#include "layers/archive/directory_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>

#include "layers/archive/layout_importer.h"
#include "oci/manifest.h"
#include "oci/media_type.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::layers {
namespace {

constexpr int kMostNestedParts = 4;
constexpr std::string_view kVersionText = "Directory Transport Version: 1.1\n";

// Writes what an image consists of, what is named before what names it.
class PlainWriter {
 public:
  PlainWriter(oci::BlobSource& source, std::filesystem::path directory)
      : source_(source), directory_(std::move(directory)) {}

  // NOLINTNEXTLINE(misc-no-recursion): kMostNestedParts bounds it
  void Write(const oci::Descriptor& document, const std::string& name, int nesting) {
    if (nesting > kMostNestedParts) {
      throw Error(ErrorKind::kInvalidInput, "indexes are nested too deep");
    }
    const std::string text = oci::ReadBlob(source_, document);
    const auto parsed = oci::ParseManifest(text, document.media_type, document.digest.ToString());
    if (const auto* index = std::get_if<oci::Index>(&parsed)) {
      for (const oci::Descriptor& child : index->manifests) {
        Write(child, child.digest.hex() + ".manifest.json", nesting + 1);
      }
    } else {
      const auto& manifest = std::get<oci::Manifest>(parsed);
      WriteBlob(manifest.config);
      for (const oci::Descriptor& layer : manifest.layers) {
        if (!oci::IsForeignLayerType(layer.media_type)) WriteBlob(layer);
      }
    }
    WriteFileAtomically(directory_ / name, text);
  }

 private:
  void WriteBlob(const oci::Descriptor& blob) {
    if (!written_.insert(blob.digest).second) return;
    const std::filesystem::path target = directory_ / blob.digest.hex();
    const std::filesystem::path partial = target.native() + "." + RandomHex();
    const auto content = source_.Open(blob);
    try {
      FdSink sink(OpenFile(partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644));
      Copy(*content, sink);
      sink.Finish();
      if (::rename(partial.c_str(), target.c_str()) != 0)
        ThrowErrno("rename to " + target.native());
    } catch (const Error&) {
      ::unlink(partial.c_str());
      throw;
    }
  }

  oci::BlobSource& source_;
  std::filesystem::path directory_;
  std::set<oci::Digest> written_;
};

}  // namespace

DirectorySource::DirectorySource(const std::filesystem::path& directory, Form form)
    : directory_(directory), form_(form), root_(RootedDir::Open(directory.native())) {}

// O_NONBLOCK: a FIFO in the directory must not make us wait for its writer.
std::optional<UniqueFd> DirectorySource::OpenFile(const CleanPath& path) {
  auto file = root_.OpenIfExists(path, O_RDONLY | O_NONBLOCK);
  struct stat info;
  if (!file || ::fstat(file->get(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  return file;
}

std::vector<CleanPath> DirectorySource::NamesOf(const oci::Digest& digest) const {
  if (form_ == Form::kLayout) return {CleanPath::Parse("blobs/sha256/" + digest.hex())};
  if (digest == manifest_) return {CleanPath::Parse("manifest.json")};
  return {CleanPath::Parse(digest.hex() + ".manifest.json"), CleanPath::Parse(digest.hex())};
}

bool DirectorySource::Has(const oci::Digest& digest) {
  for (const CleanPath& name : NamesOf(digest)) {
    if (OpenFile(name)) return true;
  }
  return false;
}

std::unique_ptr<ByteSource> DirectorySource::Open(const oci::Descriptor& descriptor) {
  for (const CleanPath& name : NamesOf(descriptor.digest)) {
    if (auto file = OpenFile(name)) {
      return std::make_unique<oci::VerifyingSource>(std::make_unique<FdSource>(std::move(*file)),
                                                    descriptor);
    }
  }
  throw Error(ErrorKind::kNotFound,
              fmt::format("{} is not in {}", descriptor.digest.ToString(), directory_.native()));
}

std::vector<oci::Descriptor> DirectorySource::Roots() {
  const char* name = form_ == Form::kLayout ? "index.json" : "manifest.json";
  const auto file = OpenFile(CleanPath::Parse(name));
  if (!file) {
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("{} holds no image: it has no {}", directory_.native(), name));
  }
  const std::string text = ReadAll(file->get(), kArchiveDocumentLimit);
  if (form_ == Form::kLayout) return ReadLayoutIndex(text);
  const auto document = oci::ParseManifest(text, "", directory_.native() + "/manifest.json");
  oci::Descriptor root = oci::DescriptorOf(std::string(oci::MediaTypeOf(document)), text);
  manifest_ = root.digest;
  return {root};
}

void WritePlainDirectory(oci::BlobSource& source, const oci::Descriptor& root,
                         const std::filesystem::path& directory) {
  MakeDirectories(directory);
  PlainWriter(source, directory).Write(root, "manifest.json", 0);
  WriteFileAtomically(directory / "version", kVersionText);
}

}  // namespace ibuild::layers
