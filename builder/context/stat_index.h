// StatIndex: what the files of a context held when they were last read, so that a file which
// stat(2) says is unchanged need not be read again.
//
// A file is taken as unchanged when size, inode, modification and change time all agree. One that
// was changed within the last moments before it was read is only remembered while this process
// runs: a second change in the same tick of the clock would leave no trace. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
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
  // New and old. Old entries that nobody asked for stay while they are the minority.
  std::string Serialize() const;

 private:
  struct Stamp {
    std::uint64_t size = 0;
    std::uint64_t inode = 0;
    UnixTime mtime;
    UnixTime ctime;

    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  struct Record {
    Stamp stamp;
    Content content;
    bool lasting = true;
    mutable bool asked_for = false;
  };
  struct OldRecord {
    std::string_view path;  // in text_
    Record record;
  };

  static Stamp StampOf(const SourceEntry& entry);
  bool Load();
  const Record* FindOld(std::string_view path) const;

  mutable std::mutex mutex_;
  const std::string text_;
  std::vector<OldRecord> old_;      // sorted by path
  mutable std::size_t cursor_ = 0;  // a walk asks in nearly the order of old_
  std::map<std::string, Record, std::less<>> new_;
};

}  // namespace ibuild::builder
