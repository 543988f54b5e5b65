#include "builder/context/stat_index.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <random>
#include <string_view>
#include <utility>

namespace ibuild::builder {
namespace {

// Host byte order: an index never leaves the machine.
constexpr std::string_view kMagic = "ibuild stat index 2\n";
constexpr std::size_t kSeedSize = 16;
constexpr std::size_t kHeaderSize = kMagic.size() + kSeedSize;
constexpr std::size_t kRecordSize = 16 + sizeof(Sha256Value) + 1;
// Longer than any kernel's clock tick.
constexpr std::int64_t kTickNanoseconds = 50'000'000;
// File systems that keep whole seconds only.
constexpr std::int64_t kCoarseTickNanoseconds = 2'000'000'000;

std::int64_t Nanoseconds(UnixTime from, UnixTime to) {
  return (to.seconds - from.seconds) * 1'000'000'000 + (to.nanoseconds - from.nanoseconds);
}

__extension__ typedef unsigned __int128 Wide;

std::uint64_t High(Wide product) { return static_cast<std::uint64_t>(product >> 64); }

// Multiplication mixes each bit into the upper half, folding brings that back (as in wyhash).
std::uint64_t Mix(std::uint64_t a, std::uint64_t b) {
  const Wide product = Wide{a} * b;
  return static_cast<std::uint64_t>(product) ^ High(product);
}

// Two lanes, so that 128 bits come out.
class Hash {
 public:
  explicit Hash(const std::array<std::uint64_t, 2>& seed) : first_(seed[0]), second_(seed[1]) {}

  void Add(std::uint64_t word) {
    first_ = Mix(first_ ^ word, 0x9e3779b97f4a7c15u);
    second_ = Mix(std::rotl(second_, 23) ^ word, 0xd6e8feb86659fd93u);
    second_ += first_;
  }
  void Add(std::string_view text) {
    Add(text.size());
    while (!text.empty()) {
      std::uint64_t word = 0;
      const std::size_t length = std::min(text.size(), sizeof word);
      std::memcpy(&word, text.data(), length);
      Add(word);
      text.remove_prefix(length);
    }
  }
  void Add(UnixTime time) {
    Add(static_cast<std::uint64_t>(time.seconds));
    Add(static_cast<std::uint64_t>(time.nanoseconds));
  }

  std::uint64_t first() const { return Mix(first_, second_ | 1); }
  std::uint64_t second() const { return Mix(second_ ^ 0xa0761d6478bd642fu, first_ | 1); }

 private:
  std::uint64_t first_;
  std::uint64_t second_;
};

template <typename Value>
Value ReadAt(std::string_view bytes, std::size_t position) {
  Value value;
  std::memcpy(&value, bytes.data() + position, sizeof value);
  return value;
}

template <typename Value>
void Append(std::string& bytes, const Value& value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::array<std::uint64_t, 2> NewSeed() {
  std::random_device random;
  const auto word = [&random] { return std::uint64_t{random()} << 32 | random(); };
  return {word(), word()};
}

bool IsIndex(std::string_view text) {
  return text.starts_with(kMagic) && text.size() >= kHeaderSize &&
         (text.size() - kHeaderSize) % kRecordSize == 0;
}

}  // namespace

StatIndex::StatIndex(std::string serialized) : text_(std::move(serialized)) {
  if (!IsIndex(text_)) text_.clear();
  seed_ = text_.empty() ? NewSeed() : ReadAt<std::array<std::uint64_t, 2>>(text_, kMagic.size());
  asked_for_.resize(OldCount());
}

StatIndex::Fingerprint StatIndex::FingerprintOf(const SourceEntry& entry) const {
  Hash hash(seed_);
  hash.Add(entry.path.text());
  hash.Add(entry.meta.size);
  hash.Add(entry.inode);
  hash.Add(entry.meta.mtime);
  hash.Add(entry.ctime);
  return {.high = hash.first(), .low = hash.second()};
}

std::size_t StatIndex::OldCount() const {
  return text_.empty() ? 0 : (text_.size() - kHeaderSize) / kRecordSize;
}

StatIndex::Record StatIndex::OldAt(std::size_t position) const {
  const std::size_t at = kHeaderSize + position * kRecordSize;
  Record record;
  record.fingerprint = {.high = ReadAt<std::uint64_t>(text_, at),
                        .low = ReadAt<std::uint64_t>(text_, at + 8)};
  record.content.data = ReadAt<Sha256Value>(text_, at + 16);
  record.content.has_xattrs = text_[at + kRecordSize - 1] != 0;
  return record;
}

// Fingerprints are spread evenly, so a record is near where it would be if they were so exactly.
std::optional<std::size_t> StatIndex::FindOld(const Fingerprint& wanted) const {
  const std::size_t count = OldCount();
  if (count == 0) return std::nullopt;
  const auto before = [&](std::size_t at) { return OldAt(at).fingerprint < wanted; };
  std::size_t low = High(Wide{wanted.high} * count);
  std::size_t high = low;
  for (std::size_t step = 8; low > 0 && !before(low); step *= 2) low -= std::min(low, step);
  for (std::size_t step = 8; high < count && before(high); step *= 2) {
    high = std::min(count, high + step);
  }
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    before(middle) ? low = middle + 1 : high = middle;
  }
  if (low == count || OldAt(low).fingerprint != wanted) return std::nullopt;
  return low;
}

std::uint32_t* StatIndex::SlotOf(const Fingerprint& fingerprint) const {
  if (slots_.empty()) return nullptr;
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = fingerprint.low & mask;
  while (slots_[slot] != 0 && new_[slots_[slot] - 1].fingerprint != fingerprint) {
    slot = (slot + 1) & mask;
  }
  return &slots_[slot];
}

// A power of two, at most two thirds full.
void StatIndex::Grow() {
  if (slots_.size() * 2 > (new_.size() + 1) * 3) return;
  slots_.assign(std::max<std::size_t>(64, slots_.size() * 2), 0);
  for (std::size_t i = 0; i < new_.size(); ++i) {
    *SlotOf(new_[i].fingerprint) = static_cast<std::uint32_t>(i + 1);
  }
}

std::optional<StatIndex::Content> StatIndex::Find(const SourceEntry& entry) const {
  const Fingerprint fingerprint = FingerprintOf(entry);
  const std::scoped_lock lock(mutex_);
  const std::uint32_t* const slot = SlotOf(fingerprint);
  if (slot != nullptr && *slot != 0) return new_[*slot - 1].content;
  const auto old = FindOld(fingerprint);
  if (!old) return std::nullopt;
  asked_for_[*old] = true;
  return OldAt(*old).content;
}

bool StatIndex::IsSettled(const SourceEntry& entry, UnixTime read_at) {
  const bool coarse = entry.meta.mtime.nanoseconds == 0 && entry.ctime.nanoseconds == 0;
  return Nanoseconds(entry.ctime, read_at) > (coarse ? kCoarseTickNanoseconds : kTickNanoseconds);
}

void StatIndex::Remember(const SourceEntry& entry, const Content& content, UnixTime read_at) {
  const Record record{.fingerprint = FingerprintOf(entry),
                      .content = content,
                      .lasting = IsSettled(entry, read_at)};
  const std::scoped_lock lock(mutex_);
  Grow();
  std::uint32_t* const slot = SlotOf(record.fingerprint);
  if (*slot == 0) {
    new_.push_back(record);
    *slot = static_cast<std::uint32_t>(new_.size());
  } else {
    lasting_ -= new_[*slot - 1].lasting ? 1u : 0u;
    new_[*slot - 1] = record;
  }
  lasting_ += record.lasting ? 1u : 0u;
}

bool StatIndex::changed() const {
  const std::scoped_lock lock(mutex_);
  return lasting_ != 0;
}

std::string StatIndex::Serialize(std::size_t limit) const {
  const std::scoped_lock lock(mutex_);
  const auto unused = std::count(asked_for_.begin(), asked_for_.end(), false);
  const bool keep_unused = static_cast<std::size_t>(unused) < OldCount() / 2 + new_.size();
  const std::size_t most = limit < kHeaderSize ? 0 : (limit - kHeaderSize) / kRecordSize;
  // The position in new_, or behind it that in the old ones.
  std::vector<std::pair<Fingerprint, std::uint32_t>> order;
  for (std::size_t i = 0; i < new_.size() && order.size() < most; ++i) {
    if (new_[i].lasting) order.emplace_back(new_[i].fingerprint, i);
  }
  for (std::size_t i = 0; i < OldCount() && order.size() < most; ++i) {
    if (!keep_unused && !asked_for_[i]) continue;
    order.emplace_back(OldAt(i).fingerprint, new_.size() + i);
  }
  std::sort(order.begin(), order.end());
  std::string text(kMagic);
  text.reserve(kHeaderSize + order.size() * kRecordSize);
  Append(text, seed_);
  for (const auto& [fingerprint, at] : order) {
    const Record record = at < new_.size() ? new_[at] : OldAt(at - new_.size());
    Append(text, fingerprint.high);
    Append(text, fingerprint.low);
    Append(text, record.content.data);
    text.push_back(record.content.has_xattrs ? '\1' : '\0');
  }
  return text;
}

}  // namespace ibuild::builder
