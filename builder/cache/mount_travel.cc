#include "builder/cache/mount_travel.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "layers/compress/codec.h"
#include "layers/shared/receive_mount.h"
#include "layers/shared/send_mount.h"
#include "layers/store/cache_contents.h"
#include "layers/store/cache_mounts.h"
#include "support/clock.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

constexpr std::string_view kHome = "home:";
constexpr std::size_t kMostSeen = 64;
constexpr std::size_t kLongestIndex = 256u << 20;

// Which indexes of which caches are in a mount, or were: what it lacks of them was removed here.
// One record for each directory, the latest first.
class SeenIndexes {
 public:
  SeenIndexes(const layers::Store& store, std::string_view name)
      : key_(KeyOf(name)), text_(store.ReadRecord(key_).value_or("")) {}

  static std::string KeyOf(std::string_view name) {
    return oci::Digest::OfText("ibuild mount seen 2\n" + std::string(name)).hex();
  }

  bool Has(const std::string& place, const oci::Digest& index) const {
    return text_.find(Line(place, index)) != std::string::npos;
  }
  void Add(const std::string& place, const oci::Digest& index) {
    const std::string line = Line(place, index);
    if (const std::size_t known = text_.find(line); known != std::string::npos) {
      text_.erase(known, line.size());
    }
    text_ = (line + text_).substr(0, kMostSeen * line.size());
  }
  void Write(const layers::Store& store) const { store.WriteRecord(key_, text_); }

 private:
  static std::string Line(const std::string& place, const oci::Digest& index) {
    return oci::Digest::OfText(place).hex() + " " + index.hex() + "\n";
  }

  std::string key_;
  std::string text_;
};

layers::MountIndex ReadIndex(oci::SharedCache& cache, const SharedMount& mount) {
  const auto plain = layers::Decompress(cache.Open(mount.Describe()));
  return layers::ParseMountIndex(ReadToString(*plain, kLongestIndex));
}

class Sending {
 public:
  Sending(layers::Store& store, const MountDestination& to, Reporter& reporter)
      : store_(store), to_(to), reporter_(reporter) {}

  SentMounts Run(const std::vector<LocalMount>& mounts, const std::stop_token& stop) {
    Hold(mounts, stop);
    to_.cache.WriteAnswers(
        [&](const std::optional<std::string>& text) -> std::optional<oci::CacheAnswers> {
          Answers theirs = ParseAnswersToReplace(text);
          Answers ours;
          for (const auto& [mount, held] : held_) {
            if (auto sent = Send(mount, held, theirs)) ours.mounts.push_back(*std::move(sent));
          }
          if (ours.mounts.empty()) return std::nullopt;
          if (to_.key != nullptr) Sign(ours, *to_.key);
          return ToCacheAnswers(Merge(std::move(theirs), ours, Now().seconds));
        });
    // What others have that is not here was not removed here.
    for (const auto& [name, sent] : sent_) {
      if (!sent.is_here) continue;
      SeenIndexes seen(store_, layers::CacheMounts::NameOf(name));
      seen.Add(to_.place, sent.index);
      seen.Write(store_);
    }
    return result_;
  }

 private:
  struct Sent {
    oci::Digest index;
    bool is_here = false;
  };

  void Hold(const std::vector<LocalMount>& mounts, const std::stop_token& stop) {
    const layers::CacheMounts here(store_);
    for (const LocalMount& mount : mounts) {
      const std::string name = layers::CacheMounts::NameOf(mount.name);
      auto held = to_.wait ? here.TakeAlone(name, {}, stop) : here.TryTakeAlone(name);
      if (held) {
        held_.emplace_back(mount, *std::move(held));
      } else {
        ++result_.in_use;
      }
    }
  }

  // Nothing: the cache has it as it is here. What it had of the mount goes from `theirs`.
  std::optional<SharedMount> Send(const LocalMount& mount, const layers::CacheMount& held,
                                  Answers& theirs) {
    const std::vector<SharedMount> present = PresentIn(theirs, mount.name);
    const auto sent_before = sent_.find(mount.name);
    const bool alone = present.size() == 1;
    if (alone && sent_before != sent_.end() && present[0].index == sent_before->second.index) {
      return std::nullopt;
    }
    layers::MountToSend request{.directory = held.directory, .limit = to_.limit};
    request.is_successor = !present.empty();
    const SeenIndexes seen(store_, held.directory.filename().native());
    for (const SharedMount& other : present) {
      request.is_successor = request.is_successor && seen.Has(to_.place, other.index);
      if (auto index = IndexOf(other)) request.present.push_back(*std::move(index));
    }
    SharedMount sent = SendOne(mount, request);
    if (alone && present[0].index == sent.index) return std::nullopt;
    std::erase_if(theirs.mounts, [&](const SharedMount& other) {
      return std::ranges::any_of(present, [&](const SharedMount& replaced) {
        return replaced.name == other.name && replaced.index == other.index;
      });
    });
    return sent;
  }

  // Somebody else's words are not passed on under our signature; nor are words that somebody has
  // signed replaced by some that those who trust only him would not read.
  std::vector<SharedMount> PresentIn(const Answers& theirs, const oci::Digest& name) const {
    std::vector<SharedMount> present;
    for (const SharedMount& mount : theirs.mounts) {
      if (mount.name != name) continue;
      const bool is_ours =
          to_.key == nullptr ? mount.signature.empty() : IsSignedBy(mount, to_.key->Public());
      if (is_ours) present.push_back(mount);
    }
    return present;
  }

  // One that is gone or damaged is replaced.
  std::optional<layers::MountIndex> IndexOf(const SharedMount& mount) {
    try {
      return ReadIndex(to_.cache, mount);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kUnsupported || error.kind() == ErrorKind::kCancelled) throw;
      return std::nullopt;
    }
  }

  SharedMount SendOne(const LocalMount& mount, const layers::MountToSend& request) {
    Activity activity(reporter_, fmt::format("send cache mount {} to cache {}",
                                             PrintableText(mount.id), to_.place));
    layers::SentMount sent;
    const std::uint64_t before = result_.sent;
    try {
      sent = layers::SendMount(request, [&](const oci::Descriptor& pack, const std::string& bytes) {
        Put(pack, bytes);
      });
    } catch (const Error&) {
      activity.Cancelled();
      throw;
    }
    const std::string text = PackText(layers::Serialize(sent.index));
    SharedMount shared{.name = mount.name,
                       .id = mount.id,
                       .index = oci::Digest::OfText(text),
                       .index_size = text.size(),
                       .bytes = sent.bytes,
                       .used = Now().seconds};
    for (const layers::MountPack& pack : sent.index.packs) shared.packs.push_back(pack.Describe());
    Put(shared.Describe(), text);
    const Sent last{.index = shared.index, .is_here = sent.is_here};
    if (sent_.insert_or_assign(mount.name, last).second) ++result_.mounts;
    result_.bytes += sent.bytes;
    result_.left_out += sent.left_out;
    activity.Done(
        fmt::format("{} of {}", FormatByteSize(result_.sent - before), FormatByteSize(sent.bytes)));
    return shared;
  }

  void Put(const oci::Descriptor& blob, const std::string& bytes) {
    if (to_.cache.Has(blob)) return;
    to_.cache.Put(blob, [&] { return std::make_unique<StringSource>(bytes); });
    result_.sent += bytes.size();
  }

  layers::Store& store_;
  const MountDestination& to_;
  Reporter& reporter_;
  std::vector<std::pair<LocalMount, layers::CacheMount>> held_;
  std::map<oci::Digest, Sent> sent_;  // by the mount's name
  SentMounts result_;
};

}  // namespace

bool MountChoice::Has(const std::string& id) const {
  return ids.contains(id) || (all && !id.starts_with(kHome));
}

std::vector<LocalMount> ListMounts(const layers::Store& store) {
  std::vector<LocalMount> mounts;
  std::error_code absent;
  for (const auto& entry :
       std::filesystem::directory_iterator(store.layout().cache_mounts(), absent)) {
    const std::string directory = entry.path().filename();
    const std::size_t dot = directory.find('.');
    const auto name = oci::Digest::TryParse("sha256:" + directory.substr(0, dot));
    if (!name || layers::CacheMounts::NameOf(*name) != directory) continue;
    auto id = store.ReadRecord(layers::MountNameKey(directory));
    if (id) mounts.push_back({*name, *std::move(id)});
  }
  std::ranges::sort(mounts, {},
                    [](const LocalMount& mount) { return std::pair(mount.id, mount.name); });
  return mounts;
}

SentMounts SendMounts(layers::Store& store, const std::vector<LocalMount>& mounts,
                      const MountDestination& to, Reporter& reporter, std::stop_token stop) {
  return Sending(store, to, reporter).Run(mounts, stop);
}

bool WasSeen(const layers::Store& store, const MountOrigin& origin) {
  const SeenIndexes seen(store, layers::CacheMounts::NameOf(origin.mount.name));
  return seen.Has(origin.place, origin.mount.index);
}

void ForgetSeen(layers::Store& store, const std::string& name) {
  store.RemoveRecord(SeenIndexes::KeyOf(name));
}

void ReceiveMounts(layers::Store& store, const std::vector<MountOrigin>& origins,
                   const MountToFill& into, Reporter& reporter) {
  if (into.is_new) ForgetSeen(store, into.name);
  SeenIndexes seen(store, into.name);
  bool is_new = into.is_new;
  for (const MountOrigin& origin : origins) {
    const std::string id = PrintableText(origin.mount.id);
    Activity activity(reporter, fmt::format("fetch cache mount {} ({}) from cache {}", id,
                                            FormatByteSize(origin.mount.bytes), origin.place));
    try {
      InContext(fmt::format("mount {} of cache {}", id, origin.place), [&] {
        const layers::StagedLayer scratch = store.layer_directories().Stage();
        const auto received = layers::ReceiveMount(
            ReadIndex(*origin.cache, origin.mount),
            {.directory = into.directory, .scratch = scratch.upper(), .is_new = is_new},
            [&](const oci::Descriptor& pack) { return origin.cache->Open(pack); });
        activity.Done(fmt::format("{} files, {}", received.files, FormatByteSize(received.bytes)));
      });
    } catch (const Error&) {
      activity.Cancelled();
      throw;
    }
    seen.Add(origin.place, origin.mount.index);
    is_new = false;
  }
  seen.Write(store);
}

}  // namespace ibuild::builder
