#include "layers/store/layer_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "layers/store/produced_source.h"
#include "layers/store/verified_source.h"
#include "layers/tree/node_owners.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::layers {
namespace {

using std::filesystem::path;

const std::string& CurrentBoot() {
  static const std::string boot(Trim(ReadFile("/proc/sys/kernel/random/boot_id", 128)));
  return boot;
}

std::optional<LayerMeta> ReadMetaFile(const path& directory) {
  const auto text = ReadFileIfExists(directory / kMetaName, 64u << 10);
  return text ? ParseLayerMeta(*text) : std::nullopt;
}

bool IsTrusted(const LayerMeta& meta, const path& directory) {
  const bool may_be_torn = !meta.unsynced_boot.empty() && meta.unsynced_boot != CurrentBoot();
  return !may_be_torn && !meta.identity.empty() &&
         meta.identity == DirectoryIdentity(directory / kDiffName);
}

bool PacksAsBefore(const path& directory, const LayerMeta& meta) {
  if (meta.form != TarForm::kCanonical) return false;
  try {
    NullSink nowhere;
    return PackDirectory(directory / kDiffName, meta.packed.options, nowhere).diff_id ==
           meta.packed.diff_id;
  } catch (const Error&) {  // what a torn tree makes of an attribute, say
    return false;
  }
}

std::optional<LayerMeta> ReadTrusted(const path& directory) {
  auto meta = ReadMetaFile(directory);
  return meta && IsTrusted(*meta, directory) ? meta : std::nullopt;
}

LayerMeta NewMeta(const PackedLayer& packed, TarForm form) {
  return {.packed = packed,
          .form = form,
          .unsynced_boot = CurrentBoot(),
          .identity = {},
          .id_map = CurrentIdMap()};
}

void MakeDirectory(const path& directory, mode_t mode) {
  if (::mkdir(directory.c_str(), mode) != 0 && errno != EEXIST) {
    ThrowErrno("make directory " + directory.native());
  }
}

void CreateEmptyFile(const path& file) { OpenFile(file, O_WRONLY | O_CREAT, 0600).Close(); }

// In unsynced/: "layers:<hex>" or "chains:<hex>".
path UnsyncedMark(const StoreLayout& layout, const path& directory) {
  return layout.unsynced() /
         (directory.parent_path().filename().native() + ":" + directory.filename().native());
}

path MarkedDirectory(const StoreLayout& layout, const std::string& mark) {
  const auto colon = mark.find(':');
  return layout.root() / mark.substr(0, colon) / mark.substr(colon + 1);
}

// The marks whose directories are already published: what is published is wholly written, so a
// sync that begins later covers it. Others belong to commits that are under way.
std::vector<std::string> PublishedMarks(const StoreLayout& layout) {
  std::vector<std::string> marks;
  for (const auto& entry : std::filesystem::directory_iterator(layout.unsynced())) {
    const std::string mark = entry.path().filename().native();
    if (ReadMetaFile(MarkedDirectory(layout, mark))) marks.push_back(mark);
  }
  return marks;
}

void DropEarlierOccurrences(std::vector<path>& stack) {
  std::vector<path> kept;
  for (auto directory = stack.rbegin(); directory != stack.rend(); ++directory) {
    if (std::find(kept.begin(), kept.end(), *directory) == kept.end()) kept.push_back(*directory);
  }
  std::reverse(kept.begin(), kept.end());
  stack = std::move(kept);
}

}  // namespace

StagedLayer::StagedLayer(SharedSession session, path directory)
    : session_(std::move(session)), directory_(std::move(directory)) {}

StagedLayer::StagedLayer(StagedLayer&& other) noexcept
    : session_(std::move(other.session_)), directory_(std::exchange(other.directory_, {})) {}

StagedLayer& StagedLayer::operator=(StagedLayer&& other) noexcept {
  std::swap(session_, other.session_);
  std::swap(directory_, other.directory_);
  return *this;
}

StagedLayer::~StagedLayer() {
  if (!directory_.empty()) TryRemoveTree(directory_);
}

path StagedLayer::upper() const { return directory_ / kDiffName; }

path StagedLayer::work() const {
  path work = directory_ / kWorkName;
  MakeDirectory(work, 0700);
  return work;
}

std::optional<LayerMeta> LayerStore::Find(const path& directory, const oci::Digest& name) const {
  auto meta = ReadMetaFile(directory);
  // A prune may have come between the look and the first pin.
  if (meta && !session_->Pin(name)) meta = ReadMetaFile(directory);
  return meta && !IsTrusted(*meta, directory) ? Examine(directory) : meta;
}

// What to think of a directory that an earlier boot may have left torn, or that came from
// elsewhere.
std::optional<LayerMeta> LayerStore::Examine(const path& directory) const {
  const StoreLayout& layout = session_->layout();
  const FileLock lock = FileLock::Acquire(layout.replace_lock(), FileLock::Mode::kExclusive);
  auto meta = ReadMetaFile(directory);
  if (!meta || IsTrusted(*meta, directory)) return meta;
  if (meta->id_map != CurrentIdMap()) return std::nullopt;
  if (!PacksAsBefore(directory, *meta)) {
    MoveToTrash(layout, directory);
    return std::nullopt;
  }
  meta->unsynced_boot.clear();  // what was just read came from the disk
  meta->identity = DirectoryIdentity(directory / kDiffName);
  try {
    PublishFile(*session_, directory / kMetaName, {Serialize(*meta)});
    ::unlink(UnsyncedMark(layout, directory).c_str());
  } catch (const Error&) {
    // A full or read-only disk: what was found stays unsaid, and the next lookup looks again.
  }
  return meta;
}

std::optional<path> LayerStore::FindElement(const std::vector<oci::DiffId>& layers,
                                            std::size_t position,
                                            std::vector<oci::ChainId>& chains) const {
  const StoreLayout& layout = session_->layout();
  const path own = layout.Layer(layers[position]);
  if (Find(own, layers[position].digest)) return own;
  if (chains.empty()) chains = oci::ComputeChainIds(layers);
  const path chained = layout.ChainedLayer(chains[position]);
  if (Find(chained, chains[position].digest)) return chained;
  return std::nullopt;
}

std::optional<std::vector<path>> LayerStore::FindStack(
    const std::vector<oci::DiffId>& layers) const {
  std::vector<path> stack;
  std::vector<oci::ChainId> chains;  // computed when first needed
  for (std::size_t position = 0; position < layers.size(); ++position) {
    const auto directory = FindElement(layers, position, chains);
    if (!directory) return std::nullopt;
    stack.push_back(*directory / kDiffName);
  }
  DropEarlierOccurrences(stack);
  return stack;
}

bool LayerStore::Has(const oci::DiffId& layer) const {
  return Find(session_->layout().Layer(layer), layer.digest).has_value();
}

std::optional<PackedLayer> LayerStore::FindPacked(const oci::DiffId& layer) const {
  const auto meta = Find(session_->layout().Layer(layer), layer.digest);
  if (!meta || meta->form != TarForm::kCanonical) return std::nullopt;
  return meta->packed;
}

std::unique_ptr<ByteSource> LayerStore::OpenTar(const oci::Descriptor& layer) const {
  const StoreLayout& layout = session_->layout();
  const path directory = layout.Layer({layer.digest});
  const auto meta = Find(directory, layer.digest);
  if (!meta || meta->form != TarForm::kCanonical) return nullptr;
  if (meta->id_map != CurrentIdMap()) {
    throw Error(
        ErrorKind::kPermissionDenied,
        fmt::format("layer {} was written in another user namespace", layer.digest.Short()));
  }
  auto tar = ProduceInBackground([files = directory / kDiffName, options = meta->packed.options](
                                     ByteSink& sink) { PackDirectory(files, options, sink); });
  return OpenVerified(layout, directory, std::move(tar), layer);
}

StagedLayer LayerStore::Stage() const {
  session_->TidyAsRoot();
  StagedLayer staged(session_, session_->NewStagingPath());
  MakeDirectory(staged.directory_, 0700);
  MakeDirectory(staged.upper(), 0755);
  // umask must not decide what the image's root directory looks like.
  if (::chmod(staged.upper().c_str(), 0755) != 0) ThrowErrno("set the mode of a staged layer");
  return staged;
}

void LayerStore::Commit(StagedLayer staged, const PackedLayer& packed, TarForm form) const {
  Publish(std::move(staged), NewMeta(packed, form), packed.diff_id.digest,
          session_->layout().Layer(packed.diff_id));
}

void LayerStore::CommitAbove(StagedLayer staged, const PackedLayer& packed,
                             const std::vector<oci::DiffId>& stack) const {
  const oci::ChainId chain = oci::ComputeChainIds(stack).back();
  // Packing such a directory would name what it needs from below, which its tar did not.
  Publish(std::move(staged), NewMeta(packed, TarForm::kForeign), chain.digest,
          session_->layout().ChainedLayer(chain));
}

void LayerStore::Publish(StagedLayer staged, LayerMeta meta, const oci::Digest& name,
                         const path& target) const {
  const StoreLayout& layout = session_->layout();
  session_->Pin(name);
  RemoveTree(staged.directory_ / kWorkName);
  meta.identity = DirectoryIdentity(staged.upper());
  SaveNodeOwners(staged.upper());
  WriteFileAtomically(staged.directory_ / kMetaName, Serialize(meta), 0600);
  // The mark comes first: a published directory without one would never be synced.
  CreateEmptyFile(UnsyncedMark(layout, target));
  if (!PublishNew(staged.directory_, target)) {
    const FileLock lock = FileLock::Acquire(layout.replace_lock(), FileLock::Mode::kExclusive);
    if (auto present = ReadTrusted(target)) return Confirm(std::move(*present), meta, target);
    MoveToTrash(layout, target);
    if (!PublishNew(staged.directory_, target)) return;  // someone was faster
  }
  staged.directory_.clear();
}

// The layer is there already. If it was unpacked from a tar of whose form nothing was known, it is
// known now: the same DiffId means the same bytes as ours.
void LayerStore::Confirm(LayerMeta present, const LayerMeta& ours, const path& directory) const {
  if (present.form == ours.form || ours.form == TarForm::kForeign) return;
  present.form = ours.form;
  present.packed = ours.packed;
  PublishFile(*session_, directory / kMetaName, {Serialize(present)});
}

bool LayerStore::HasUnsynced() const {
  std::error_code ignored;
  return std::filesystem::directory_iterator(session_->layout().unsynced(), ignored) !=
         std::filesystem::directory_iterator();
}

void LayerStore::MakeDurable() const {
  const StoreLayout& layout = session_->layout();
  const std::vector<std::string> marks = PublishedMarks(layout);
  if (marks.empty()) return;
  const UniqueFd root = OpenFile(layout.root(), O_RDONLY | O_DIRECTORY);
  if (::syncfs(root.get()) != 0) ThrowErrno("sync " + layout.root().native());
  const FileLock lock = FileLock::Acquire(layout.replace_lock(), FileLock::Mode::kExclusive);
  for (const std::string& mark : marks) {
    const path directory = MarkedDirectory(layout, mark);
    if (auto meta = ReadTrusted(directory)) {
      meta->unsynced_boot.clear();
      PublishFile(*session_, directory / kMetaName, {Serialize(*meta)});
    }
    ::unlink((layout.unsynced() / mark).c_str());
  }
}

}  // namespace ibuild::layers
