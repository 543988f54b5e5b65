// StatIndex: what the files of a context held when they were last read, so that a file which
// stat(2) says is unchanged need not be read again.
//
// A file is taken as unchanged when path, size, inode, modification and change time all agree: a
// record's key is a fingerprint of them, 128 bits by a seed that nobody outside the store knows, so
// a record takes 49 bytes whatever the path, and nothing is parsed when an index is loaded. A file
// that was changed within the last moments before it was read is only remembered while this process
// runs: a second change in the same tick of the clock would leave no trace. Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "builder/copy/source_tree.h"
#include "support/clock.h"
#include "support/sha256.h"

namespace ibuild::builder {

class StatIndex {
 public:
  // `serialized`: what Serialize made; anything else (another version, damage) is an empty index.
  explicit StatIndex(std::string serialized = {});

  struct Content {
    Sha256Value data = {};    // of regular files
    bool has_xattrs = false;  // some that layers carry
  };
  std::optional<Content> Find(const SourceEntry& entry) const;
  // Whether a change after `read_at` would show in what stat(2) says.
  static bool IsSettled(const SourceEntry& entry, UnixTime read_at);
  // `read_at`: when reading began.
  void Remember(const SourceEntry& entry, const Content& content, UnixTime read_at);

  bool changed() const;  // something worth serialising was remembered
  // At most `limit` bytes: of more files than fit, the rest is read again by the next build. New
  // records first; old ones that nobody asked for stay while they are the minority.
  std::string Serialize(std::size_t limit = 64u << 20) const;

 private:
  struct Fingerprint {
    std::uint64_t high = 0;  // what records are sorted by
    std::uint64_t low = 0;
    friend auto operator<=>(const Fingerprint&, const Fingerprint&) = default;
  };
  struct Record {
    Fingerprint fingerprint;
    Content content;
    bool lasting = true;
  };

  Fingerprint FingerprintOf(const SourceEntry& entry) const;
  std::size_t OldCount() const;
  Record OldAt(std::size_t position) const;
  std::optional<std::size_t> FindOld(const Fingerprint& wanted) const;
  std::uint32_t* SlotOf(const Fingerprint& fingerprint) const;
  void Grow();

  mutable std::mutex mutex_;
  std::string text_;                   // what was loaded: magic, seed, sorted records
  std::array<std::uint64_t, 2> seed_;  // the one of text_, else a fresh one
  mutable std::vector<bool> asked_for_;
  std::deque<Record> new_;
  mutable std::vector<std::uint32_t> slots_;  // by fingerprint: position in new_ + 1; 0: free
  std::size_t lasting_ = 0;                   // of new_
};

}  // namespace ibuild::builder
