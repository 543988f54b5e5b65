#include "sandbox/ownership/credentials.h"

#include <algorithm>
#include <cerrno>

namespace ibuild::builder {
namespace {

bool IsOneOf(const IdTriple& ids, std::uint32_t id) {
  return id == ids.real || id == ids.effective || id == ids.saved;
}

bool MaySet(const IdTriple& ids, std::uint32_t id, bool is_root) {
  return id == kKeepId || is_root || IsOneOf(ids, id);
}

std::uint32_t Chosen(std::uint32_t wanted, std::uint32_t present) {
  return wanted == kKeepId ? present : wanted;
}

}  // namespace

bool Credentials::MayUseGroup(std::uint32_t gid) const {
  return IsRoot() || gid == group.effective || gid == group.file_system ||
         std::find(groups.begin(), groups.end(), gid) != groups.end();
}

int SetId(IdTriple& ids, std::uint32_t id, bool is_root) {
  if (id == kKeepId) return EINVAL;
  if (is_root) {
    ids = {id, id, id, id};
    return 0;
  }
  if (id != ids.real && id != ids.saved) return EPERM;
  ids.effective = ids.file_system = id;
  return 0;
}

int SetRealEffective(IdTriple& ids, std::uint32_t real, std::uint32_t effective, bool is_root) {
  const bool may_real = real == kKeepId || is_root || real == ids.real || real == ids.effective;
  if (!may_real || !MaySet(ids, effective, is_root)) return EPERM;
  const std::uint32_t was_real = ids.real;
  const bool saves = real != kKeepId || (effective != kKeepId && effective != was_real);
  ids.real = Chosen(real, ids.real);
  ids.effective = Chosen(effective, ids.effective);
  if (saves) ids.saved = ids.effective;
  ids.file_system = ids.effective;
  return 0;
}

int SetAll(IdTriple& ids, const IdTriple& wanted, bool is_root) {
  if (!MaySet(ids, wanted.real, is_root) || !MaySet(ids, wanted.effective, is_root) ||
      !MaySet(ids, wanted.saved, is_root)) {
    return EPERM;
  }
  ids.real = Chosen(wanted.real, ids.real);
  ids.effective = Chosen(wanted.effective, ids.effective);
  ids.saved = Chosen(wanted.saved, ids.saved);
  ids.file_system = ids.effective;
  return 0;
}

std::uint32_t SetFileSystemId(IdTriple& ids, std::uint32_t id, bool is_root) {
  const std::uint32_t before = ids.file_system;
  if (id != kKeepId && (is_root || IsOneOf(ids, id) || id == ids.file_system)) {
    ids.file_system = id;
  }
  return before;
}

std::uint64_t CredentialTable::Number(const Credentials& credentials) {
  const std::lock_guard lock(mutex_);
  const auto [entry, is_new] = numbers_.emplace(credentials, known_.size());
  if (is_new) known_.push_back(credentials);
  return entry->second;
}

Credentials CredentialTable::Find(std::uint64_t number) const {
  const std::lock_guard lock(mutex_);
  return known_[number < known_.size() ? number : kRoot];
}

}  // namespace ibuild::builder
