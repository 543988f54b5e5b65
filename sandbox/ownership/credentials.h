// The ids that a process believes to have, and what set*id(2) makes of them. Pure.
//
// Rules are those of credentials(7) with one simplification: all threads of a process have the same
// ids, as the C library sees to. Who has the effective user 0 may do everything.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

namespace ibuild::builder {

struct IdTriple {
  std::uint32_t real = 0;
  std::uint32_t effective = 0;
  std::uint32_t saved = 0;
  std::uint32_t file_system = 0;

  auto operator<=>(const IdTriple&) const = default;
};

struct Credentials {
  IdTriple user;
  IdTriple group;
  std::vector<std::uint32_t> groups;

  auto operator<=>(const Credentials&) const = default;
  bool IsRoot() const { return user.effective == 0; }
  bool MayUseGroup(std::uint32_t gid) const;
};

inline constexpr std::uint32_t kKeepId = 0xffff'ffff;  // (uid_t)-1

// Each changes `ids` and returns 0, or returns EPERM or EINVAL.
int SetId(IdTriple& ids, std::uint32_t id, bool is_root);
int SetRealEffective(IdTriple& ids, std::uint32_t real, std::uint32_t effective, bool is_root);
int SetAll(IdTriple& ids, const IdTriple& wanted, bool is_root);
// Returns the id that was; refuses in silence.
std::uint32_t SetFileSystemId(IdTriple& ids, std::uint32_t id, bool is_root);

// Credentials by number, so that a process can carry them as a number. Any thread.
class CredentialTable {
 public:
  static constexpr std::uint64_t kRoot = 0;

  std::uint64_t Number(const Credentials& credentials);
  Credentials Find(std::uint64_t number) const;  // root's for a number that nobody gave out

 private:
  mutable std::mutex mutex_;
  std::vector<Credentials> known_ = {Credentials()};
  std::map<Credentials, std::uint64_t> numbers_ = {{Credentials(), kRoot}};
};

}  // namespace ibuild::builder
