#include "layers/store/name_index.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "layers/store/blob_directory.h"
#include "layers/store/image_parts.h"
#include "oci/manifest.h"
#include "oci/media_type.h"
#include "support/error.h"
#include "support/files.h"
#include "support/json.h"

namespace ibuild::layers {
namespace {

using std::filesystem::path;

constexpr std::string_view kNameKey = "org.opencontainers.image.ref.name";
// Which digest the name's registry knows the image by.
constexpr std::string_view kRemoteKey = "ibuild.remote-digest";
constexpr JsonLimits kIndexLimits = {.bytes = 256u << 20};

// Nothing for entries that others made: their ref.name need not be a reference.
std::optional<oci::Reference> NameOf(const oci::Descriptor& entry) {
  const auto name = entry.annotations.find(std::string(kNameKey));
  if (name == entry.annotations.end()) return std::nullopt;
  try {
    oci::Reference reference = oci::Reference::Parse(name->second);
    if (reference.ToString() == name->second) return reference;
  } catch (const Error&) {  // not one of ours
  }
  return std::nullopt;
}

oci::Descriptor WithoutName(oci::Descriptor entry) {
  entry.annotations.erase(std::string(kNameKey));
  entry.annotations.erase(std::string(kRemoteKey));
  return entry;
}

std::optional<oci::Digest> RemoteOf(const oci::Descriptor& entry) {
  const auto remote = entry.annotations.find(std::string(kRemoteKey));
  if (remote == entry.annotations.end()) return std::nullopt;
  return oci::Digest::TryParse(remote->second);
}

oci::Descriptor EntryFor(const NamedImage& image) {
  oci::Descriptor entry = image.descriptor;
  entry.annotations[std::string(kNameKey)] = image.name.ToString();
  if (image.remote) entry.annotations[std::string(kRemoteKey)] = image.remote->ToString();
  return entry;
}

bool IsUntagged(const oci::Descriptor& entry) {
  return !entry.annotations.contains(std::string(kNameKey));
}

bool HasEntry(const oci::Index& index, const oci::Digest& manifest) {
  return std::any_of(index.manifests.begin(), index.manifests.end(),
                     [&](const auto& entry) { return entry.digest == manifest; });
}

void EraseUntagged(oci::Index& index, const oci::Digest& manifest) {
  std::erase_if(index.manifests,
                [&](const auto& entry) { return IsUntagged(entry) && entry.digest == manifest; });
}

bool IsNamed(const oci::Descriptor& entry, const std::string& name) {
  const auto found = entry.annotations.find(std::string(kNameKey));
  return found != entry.annotations.end() && found->second == name;
}

// index.json. An entry that says nothing to us (another program's, or a damaged one) takes nothing
// away from the others, and is written back as it was.
struct StoredIndex : oci::Index {
  std::vector<Json> unreadable;
  std::optional<Error> fault;  // of the first of them
};

// Not by oci::ParseManifest: its limits are for what registries send, a store may have more names.
StoredIndex ReadIndex(const path& file) {
  const Json document = ParseJson(ReadFile(file, kIndexLimits.bytes), file.native(), kIndexLimits);
  StoredIndex index;
  index.media_type = std::string(oci::kOciIndex);
  JsonReader(document, file.native()).At("manifests").ForEachElement([&](const JsonReader& entry) {
    try {
      index.manifests.push_back(oci::ReadDescriptor(entry));
    } catch (const Error& error) {
      index.unreadable.push_back(entry.value());
      if (!index.fault) index.fault = error;
    }
  });
  return index;
}

std::string TextOf(const StoredIndex& index) {
  std::string text = Serialize(static_cast<const oci::Index&>(index));
  if (index.unreadable.empty()) return text;
  OrderedJson document = ParseOrderedJson(text, "the index", kIndexLimits);
  for (const Json& entry : index.unreadable) document["manifests"].push_back(OrderedJson(entry));
  return DumpJson(document);
}

// What the index has under the image's name, when that is the image itself.
const oci::Descriptor* FindSame(const oci::Index& index, const NamedImage& image) {
  const std::string name = image.name.ToString();
  const auto found = std::find_if(
      index.manifests.begin(), index.manifests.end(), [&](const oci::Descriptor& entry) {
        return IsNamed(entry, name) && WithoutName(entry) == image.descriptor;
      });
  return found == index.manifests.end() ? nullptr : &*found;
}

bool SaysAlready(const oci::Index& index, const NamedImage& image) {
  const oci::Descriptor* const entry = FindSame(index, image);
  return entry != nullptr && (!image.remote || RemoteOf(*entry) == image.remote);
}

bool SaysAlready(const oci::Index& index, const std::vector<NamedImage>& images) {
  return std::all_of(images.begin(), images.end(),
                     [&](const NamedImage& image) { return SaysAlready(index, image); });
}

void SetEntry(oci::Index& index, NamedImage image) {
  if (const oci::Descriptor* const same = FindSame(index, image);
      same != nullptr && !image.remote) {
    image.remote = RemoteOf(*same);
  }
  const std::string name = image.name.ToString();
  std::vector<oci::Descriptor> replaced;
  std::erase_if(index.manifests, [&](const auto& entry) {
    if (!IsNamed(entry, name)) return false;
    replaced.push_back(WithoutName(entry));
    return true;
  });
  EraseUntagged(index, image.descriptor.digest);
  index.manifests.push_back(EntryFor(image));
  for (oci::Descriptor& old : replaced) {
    if (!HasEntry(index, old.digest)) index.manifests.push_back(std::move(old));
  }
}

// The names of blobs first: a file system may bring the rename to the disk before those that came
// before it (btrfs does).
void WriteIndex(StoreSession& session, const StoredIndex& index) {
  const StoreLayout& layout = session.layout();
  const UniqueFd blobs = OpenFile(layout.blobs(), O_RDONLY | O_DIRECTORY);
  if (::fsync(blobs.get()) != 0) ThrowErrno("sync " + layout.blobs().native());
  PublishSyncedFile(session, layout.index(), TextOf(index));
}

}  // namespace

std::optional<oci::Descriptor> NameIndex::Find(const oci::Reference& name) const {
  const StoredIndex index = ReadIndex(session_->layout().index());
  const std::string text = name.ToString();
  for (const oci::Descriptor& entry : index.manifests) {
    if (IsNamed(entry, text)) return WithoutName(entry);
  }
  return std::nullopt;
}

std::vector<NamedImage> NameIndex::List() const {
  std::vector<NamedImage> images;
  for (const oci::Descriptor& entry : ReadIndex(session_->layout().index()).manifests) {
    if (auto name = NameOf(entry)) {
      images.push_back({std::move(*name), WithoutName(entry), RemoteOf(entry)});
    }
  }
  std::sort(images.begin(), images.end(),
            [](const NamedImage& a, const NamedImage& b) { return a.name < b.name; });
  return images;
}

std::vector<oci::Descriptor> NameIndex::Untagged() const {
  std::vector<oci::Descriptor> images = ReadIndex(session_->layout().index()).manifests;
  std::erase_if(images, [](const oci::Descriptor& entry) { return !IsUntagged(entry); });
  return images;
}

std::vector<oci::Descriptor> NameIndex::Roots() const {
  StoredIndex index = ReadIndex(session_->layout().index());
  if (!index.fault) return std::move(index.manifests);
  throw Error(ErrorKind::kCorrupt,
              fmt::format("what an entry of the store keeps is not known: {}", index.fault->what()))
      .WithHint(
          fmt::format("take the entry out of {}, or mend it", session_->layout().index().native()));
}

void NameIndex::CheckWhole(const std::vector<NamedImage>& images) const {
  BlobDirectory blobs(session_, LayerStore(session_));
  for (const NamedImage& image : images) {
    const auto missing = FindMissing(session_, blobs, image.descriptor);
    if (missing.empty()) continue;
    throw Error(ErrorKind::kNotFound,
                fmt::format("cannot name {}: {} of it is not in the store", image.name.Familiar(),
                            missing.front().ToString()))
        .WithHint("pull the image or build it again");
  }
}

bool NameIndex::Set(const std::vector<NamedImage>& images) {
  const StoreLayout& layout = session_->layout();
  if (SaysAlready(ReadIndex(layout.index()), images)) return false;
  CheckWhole(images);  // pins it, too: it stays so
  const FileLock lock = FileLock::Acquire(layout.index_lock(), FileLock::Mode::kExclusive);
  StoredIndex index = ReadIndex(layout.index());
  for (const NamedImage& image : images) SetEntry(index, image);
  WriteIndex(*session_, index);
  return true;
}

void NameIndex::Keep(const oci::Descriptor& image) {
  const StoreLayout& layout = session_->layout();
  if (HasEntry(ReadIndex(layout.index()), image.digest)) return;
  const FileLock no_prune = FileLock::Acquire(layout.reclaim_lock(), FileLock::Mode::kShared);
  const FileLock lock = FileLock::Acquire(layout.index_lock(), FileLock::Mode::kExclusive);
  StoredIndex index = ReadIndex(layout.index());
  if (HasEntry(index, image.digest)) return;
  index.manifests.push_back(WithoutName(image));
  WriteIndex(*session_, index);
}

template <typename Doomed>
std::size_t NameIndex::Erase(const Doomed& doomed) {
  const StoreLayout& layout = session_->layout();
  const FileLock lock = FileLock::Acquire(layout.index_lock(), FileLock::Mode::kExclusive);
  StoredIndex index = ReadIndex(layout.index());
  const auto removed = std::erase_if(index.manifests, doomed);
  if (removed != 0) WriteIndex(*session_, index);
  return removed;
}

bool NameIndex::Remove(const oci::Reference& name) {
  return Erase([text = name.ToString()](const auto& entry) { return IsNamed(entry, text); }) != 0;
}

bool NameIndex::RemoveUntagged(const oci::Digest& manifest) {
  return Erase([&](const auto& entry) { return IsUntagged(entry) && entry.digest == manifest; }) !=
         0;
}

void NameIndex::Clear() {
  Erase([](const auto& entry) { return IsUntagged(entry) || NameOf(entry).has_value(); });
}

void NameIndex::ClearUntagged() { Erase(IsUntagged); }

}  // namespace ibuild::layers
