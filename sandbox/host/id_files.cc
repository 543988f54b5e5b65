#include "sandbox/host/id_files.h"

#include <fmt/format.h>

#include "support/files.h"

namespace ibuild::builder {
namespace {

std::string Text(const char* path) { return ReadFileIfExists(path).value_or(""); }

std::string Span(const SubordinateRange& range) {
  return fmt::format("{}-{}", range.first, std::uint64_t{range.first} + range.count - 1);
}

// One range for users and groups alike, which is what everybody has.
std::string FreeRange(const IdFiles& files) {
  std::vector<OwnedIds> taken = files.user_grants;
  for (const auto* more : {&files.group_grants, &files.users, &files.groups}) {
    taken.insert(taken.end(), more->begin(), more->end());
  }
  const auto range = FindFreeRange(taken);
  return range ? Span(*range) : "FIRST-LAST";
}

struct Grants {
  const char* file;
  const char* option;  // of usermod(8)
  const IdMap& map;
  const std::vector<OwnedIds>& granted;
  const std::vector<OwnedIds>& accounts;
};

std::optional<Obstacle> FindOverlap(const IdUser& user, const Grants& grants,
                                    const IdFiles& files) {
  auto other = FindOverlap(grants.map, user, grants.granted);
  const bool by_grant = other.has_value();
  if (!other) other = FindOverlap(grants.map, user, grants.accounts);
  if (!other) return std::nullopt;
  const std::vector<SubordinateRange> own = RangesOf(user, grants.granted);
  std::string remove;
  for (const SubordinateRange& range : own) {
    remove += fmt::format(" --del-{} {}", grants.option, Span(range));
  }
  const std::string whose =
      by_grant ? fmt::format("those of {}, who has {}", other->owner, Span(other->range))
               : fmt::format("{}, which is the id of {}", other->range.first, other->owner);
  return Obstacle{
      fmt::format("the ids that {} gives to {} overlap {}: one would read the files of the other",
                  grants.file, user.name, whose),
      fmt::format("as root: usermod{} --add-{} {} {}", remove, grants.option, FreeRange(files),
                  user.name)};
}

}  // namespace

IdFiles ReadIdFiles() {
  return {.user_grants = ParseGrants(Text("/etc/subuid")),
          .group_grants = ParseGrants(Text("/etc/subgid")),
          .users = ParseAccounts(Text("/etc/passwd")),
          .groups = ParseAccounts(Text("/etc/group"))};
}

std::optional<Obstacle> FindIdObstacle(const IdUser& user, const IdMap& uids, const IdMap& gids,
                                       const IdFiles& files) {
  if (uids.Count() <= kNeededIds || gids.Count() <= kNeededIds) {
    const std::string range = FreeRange(files);
    return Obstacle{
        fmt::format("user {} has no 65536 subordinate ids in /etc/subuid and "
                    "/etc/subgid",
                    user.name),
        fmt::format("as root: usermod --add-subuids {0} --add-subgids {0} {1}", range, user.name)};
  }
  const Grants users{"/etc/subuid", "subuids", uids, files.user_grants, files.users};
  if (auto obstacle = FindOverlap(user, users, files)) return obstacle;
  const Grants groups{"/etc/subgid", "subgids", gids, files.group_grants, files.groups};
  return FindOverlap(user, groups, files);
}

}  // namespace ibuild::builder
