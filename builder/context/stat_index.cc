#include "builder/context/stat_index.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ibuild::builder {
namespace {

// Host byte order: an index never leaves the machine.
constexpr std::string_view kMagic = "ibuild stat index 1\n";
// Longer than any kernel's clock tick.
constexpr std::int64_t kTickNanoseconds = 50'000'000;
// File systems that keep whole seconds only.
constexpr std::int64_t kCoarseTickNanoseconds = 2'000'000'000;

class Writer {
 public:
  template <typename Value>
  void Put(const Value& value) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + sizeof value);
    std::memcpy(bytes_.data() + at, &value, sizeof value);
  }
  void PutText(std::string_view text) {
    Put(static_cast<std::uint32_t>(text.size()));
    bytes_.append(text);
  }
  void Append(std::string_view raw) { bytes_.append(raw); }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}
  bool AtEnd() const { return left_.empty(); }
  bool failed() const { return failed_; }

  template <typename Value>
  Value Get() {
    Value value = {};
    const std::string_view raw = GetRaw(sizeof value);
    if (!failed_) std::memcpy(&value, raw.data(), sizeof value);
    return value;
  }
  std::string_view GetText() { return GetRaw(Get<std::uint32_t>()); }

 private:
  std::string_view GetRaw(std::size_t size) {
    if (failed_ || size > left_.size()) {
      failed_ = true;
      return {};
    }
    const std::string_view raw = left_.substr(0, size);
    left_.remove_prefix(size);
    return raw;
  }

  std::string_view left_;
  bool failed_ = false;
};

std::int64_t Nanoseconds(UnixTime from, UnixTime to) {
  return (to.seconds - from.seconds) * 1'000'000'000 + (to.nanoseconds - from.nanoseconds);
}

}  // namespace

StatIndex::StatIndex(std::string serialized) : text_(std::move(serialized)) {
  if (!Load()) old_.clear();
}

bool StatIndex::Load() {
  if (!std::string_view(text_).starts_with(kMagic)) return false;
  Reader reader(std::string_view(text_).substr(kMagic.size()));
  while (!reader.AtEnd()) {
    OldRecord old;
    old.path = reader.GetText();
    old.record.stamp = reader.Get<Stamp>();
    old.record.content = reader.Get<Content>();
    if (reader.failed()) return false;
    old_.push_back(old);
  }
  return std::is_sorted(old_.begin(), old_.end(),
                        [](const OldRecord& a, const OldRecord& b) { return a.path < b.path; });
}

StatIndex::Stamp StatIndex::StampOf(const SourceEntry& entry) {
  return Stamp{.size = entry.meta.size,
               .inode = entry.inode,
               .mtime = entry.meta.mtime,
               .ctime = entry.ctime};
}

const StatIndex::Record* StatIndex::FindOld(std::string_view path) const {
  if (cursor_ >= old_.size() || old_[cursor_].path != path) {
    const auto it = std::lower_bound(
        old_.begin(), old_.end(), path,
        [](const OldRecord& record, std::string_view wanted) { return record.path < wanted; });
    if (it == old_.end() || it->path != path) return nullptr;
    cursor_ = static_cast<std::size_t>(it - old_.begin());
  }
  return &old_[cursor_++].record;
}

std::optional<StatIndex::Content> StatIndex::Find(const SourceEntry& entry) const {
  const std::scoped_lock lock(mutex_);
  const auto it = new_.find(entry.path.text());
  const Record* record = it != new_.end() ? &it->second : FindOld(entry.path.text());
  if (record == nullptr || record->stamp != StampOf(entry)) return std::nullopt;
  record->asked_for = true;
  return record->content;
}

bool StatIndex::IsSettled(const SourceEntry& entry, UnixTime read_at) {
  const bool coarse = entry.meta.mtime.nanoseconds == 0 && entry.ctime.nanoseconds == 0;
  return Nanoseconds(entry.ctime, read_at) > (coarse ? kCoarseTickNanoseconds : kTickNanoseconds);
}

void StatIndex::Remember(const SourceEntry& entry, const Content& content, UnixTime read_at) {
  const std::scoped_lock lock(mutex_);
  new_[entry.path.text()] = Record{.stamp = StampOf(entry),
                                   .content = content,
                                   .lasting = IsSettled(entry, read_at),
                                   .asked_for = true};
}

bool StatIndex::changed() const {
  const std::scoped_lock lock(mutex_);
  return std::any_of(new_.begin(), new_.end(),
                     [](const auto& item) { return item.second.lasting; });
}

std::string StatIndex::Serialize() const {
  const std::scoped_lock lock(mutex_);
  std::map<std::string_view, const Record*> all;
  const auto unused = std::count_if(old_.begin(), old_.end(),
                                    [](const OldRecord& old) { return !old.record.asked_for; });
  const bool keep_unused = static_cast<std::size_t>(unused) < old_.size() / 2 + new_.size();
  for (const OldRecord& old : old_) {
    if (keep_unused || old.record.asked_for) all.emplace(old.path, &old.record);
  }
  for (const auto& [path, record] : new_) {
    all.erase(path);
    if (record.lasting) all.emplace(path, &record);
  }
  Writer writer;
  writer.Append(kMagic);
  for (const auto& [path, record] : all) {
    writer.PutText(path);
    writer.Put(record->stamp);
    writer.Put(record->content);
  }
  return writer.Take();
}

}  // namespace ibuild::builder
