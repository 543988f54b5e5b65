#include "layers/archive/file_list.h"

#include <fmt/format.h>

#include "layers/compress/codec.h"
#include "layers/diff/whiteout.h"
#include "layers/tar/reader.h"
#include "oci/media_type.h"
#include "support/clean_path.h"
#include "support/error.h"

namespace ibuild::layers {
namespace {

using Files = std::map<std::string, ListedFile>;

constexpr std::size_t kMostFiles = 5'000'000;

// Everything below a directory, and with `itself` the directory.
void Remove(Files& files, const std::string& path, bool itself) {
  if (itself) files.erase(path);
  const std::string below = path.empty() ? std::string() : path + "/";
  auto file = files.lower_bound(below);
  while (file != files.end() && file->first.starts_with(below)) file = files.erase(file);
}

oci::Digest DigestOf(ByteSource& content) {
  oci::Digester digester;
  FunctionSink sink([&](std::span<const std::byte> bytes) { digester.Update(bytes); });
  Copy(content, sink);
  return digester.Finish();
}

class LayerReader {
 public:
  explicit LayerReader(Files& files) : files_(files) {}

  void Read(ByteSource& plain) {
    TarReader tar(plain);
    while (const auto entry = tar.Next()) {
      Take(*entry, tar.content());
      if (files_.size() > kMostFiles) {
        throw Error(ErrorKind::kResourceExhausted,
                    fmt::format("the image has more than {} files", kMostFiles));
      }
    }
  }

 private:
  void Take(const TarEntry& entry, ByteSource& content) {
    const CleanPath path = CleanPath::Parse(entry.name);
    if (path.IsRoot()) return;
    const WhiteoutName whiteout = ParseWhiteoutName(path.Name());
    if (whiteout.kind == WhiteoutNameKind::kHides) {
      return Remove(files_, path.Parent().Child(whiteout.hidden).text(), true);
    }
    if (whiteout.kind == WhiteoutNameKind::kOpaque) {
      return Remove(files_, path.Parent().text(), false);
    }
    if (whiteout.kind != WhiteoutNameKind::kNone) return;
    if (entry.is_hard_link) return Link(path.text(), CleanPath::Parse(entry.hard_link).text());
    if (entry.meta.type != FileType::kDirectory) Remove(files_, path.text(), true);
    ListedFile file{entry.meta, {}};
    if (entry.meta.type == FileType::kRegular) file.content = DigestOf(content);
    files_.insert_or_assign(path.text(), std::move(file));
  }

  void Link(const std::string& path, const std::string& target) {
    const auto found = files_.find(target);
    if (found == files_.end()) return;  // unpacking it would say so
    const ListedFile file = found->second;
    files_.insert_or_assign(path, file);
  }

  Files& files_;
};

}  // namespace

bool ListedFile::SameAs(const ListedFile& other) const {
  FileMeta mine = meta;
  mine.mtime = other.meta.mtime;
  return mine == other.meta && content == other.content;
}

Files ListFiles(oci::BlobSource& blobs, const std::vector<oci::Descriptor>& layers) {
  Files files;
  for (const oci::Descriptor& layer : layers) {
    if (oci::IsForeignLayerType(layer.media_type)) continue;
    InContext("reading layer " + layer.digest.ToString(), [&] {
      const auto plain = Decompress(blobs.Open(layer));
      LayerReader(files).Read(*plain);
    });
  }
  return files;
}

}  // namespace ibuild::layers
