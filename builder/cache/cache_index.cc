#include "builder/cache/cache_index.h"

#include <fmt/format.h>

#include "builder/cache/cache_export.h"
#include "builder/cache/shared_caches.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

oci::Digest IdOf(std::string_view kind, std::string_view subject) {
  return oci::Digest::OfText(fmt::format("ibuild {} 1\n{}", kind, subject));
}

std::string KeyOf(std::string_view kind, std::string_view subject) {
  return IdOf(kind, subject).hex();
}

}  // namespace

std::string Serialize(const CacheRecord& record) {
  return fmt::format("{} {} {}\n", record.layer.ToString(), record.size,
                     FormatRfc3339(record.created));
}

std::optional<CacheRecord> ParseCacheRecord(std::string_view text) {
  const auto fields = Split(Trim(text), ' ');
  if (fields.size() != 3) return std::nullopt;
  const auto digest = oci::Digest::TryParse(fields[0]);
  const auto size = ParseUnsigned(fields[1]);
  const auto created = ParseRfc3339(fields[2]);
  if (!digest || !size || !created) return std::nullopt;
  return CacheRecord{.layer = {*digest}, .size = *size, .created = *created};
}

std::optional<CacheRecord> CacheIndex::Find(const CacheKey& key) const {
  auto record = FindHere(key);
  if (!record && shared_ != nullptr) record = shared_->Find(key.digest);
  return record;
}

std::optional<CacheRecord> CacheIndex::FindHere(const CacheKey& key) const {
  const auto text = store_.ReadRecord(key.digest.hex());
  const auto record = text ? ParseCacheRecord(*text) : std::nullopt;
  if (!record) return std::nullopt;
  if (store_.layer_directories().Has(record->layer)) return record;
  if (store_.blobs().Has(record->layer.digest)) return record;
  return std::nullopt;
}

void CacheIndex::Put(const CacheKey& key, const CacheRecord& record) const {
  store_.WriteRecord(key.digest.hex(), Serialize(record));
}

std::optional<std::string> CacheIndex::FindDerived(std::string_view subject) const {
  return store_.ReadRecord(KeyOf("derived", subject));
}

void CacheIndex::PutDerived(std::string_view subject, std::string_view value) const {
  store_.WriteRecord(KeyOf("derived", subject), value);
}

std::optional<std::string> CacheIndex::FindSelection(std::string_view subject) const {
  const oci::Digest id = IdOf("selection", subject);
  auto digest = store_.ReadRecord(id.hex());
  if (!digest && shared_ != nullptr) digest = shared_->FindSelection(id);
  if (digest && written_ != nullptr) written_->AddSelection(id, *digest);
  return digest;
}

void CacheIndex::PutSelection(std::string_view subject, const std::string& digest) const {
  const oci::Digest id = IdOf("selection", subject);
  store_.WriteRecord(id.hex(), digest);
  if (written_ != nullptr) written_->AddSelection(id, digest);
}

}  // namespace ibuild::builder
