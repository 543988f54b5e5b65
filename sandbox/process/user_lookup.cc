#include "sandbox/process/user_lookup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <limits>

#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

constexpr std::size_t kFileLimit = 10U << 20;
constexpr std::size_t kMaxGroups = 256;  // wire::kMaxGroups

std::optional<std::uint32_t> ParseId(std::string_view text) {
  // The largest value means "no id" to the kernel.
  const auto value = ParseUnsigned(text);
  if (!value || *value >= std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

bool IsNumber(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

struct PasswdEntry {
  std::string_view name;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string_view home;
};

struct GroupEntry {
  std::string_view name;
  std::uint32_t gid = 0;
  std::string_view members;
};

// Calls visit(fields) for each line with at least `count` fields until it returns true.
template <typename Visit>
void ForEachLine(std::string_view file, std::size_t count, Visit visit) {
  for (std::string_view line : Split(file, '\n')) {
    const std::vector<std::string_view> fields = Split(line, ':');
    if (fields.size() >= count && visit(fields)) return;
  }
}

// Lines that do not parse are passed over, as every reader of these files does.
template <typename Match>
std::optional<PasswdEntry> FindUser(std::string_view passwd, Match match) {
  std::optional<PasswdEntry> found;
  ForEachLine(passwd, 4, [&](const std::vector<std::string_view>& fields) {
    const auto uid = ParseId(fields[2]);
    const auto gid = ParseId(fields[3]);
    if (!uid || !gid) return false;
    const PasswdEntry entry = {fields[0], *uid, *gid,
                               fields.size() > 5 ? fields[5] : std::string_view("/")};
    if (match(entry)) found = entry;
    return found.has_value();
  });
  return found;
}

template <typename Visit>
void ForEachGroup(std::string_view group, Visit visit) {
  ForEachLine(group, 3, [&](const std::vector<std::string_view>& fields) {
    const auto gid = ParseId(fields[2]);
    if (!gid) return false;
    return visit(GroupEntry{fields[0], *gid, fields.size() > 3 ? fields[3] : std::string_view()});
  });
}

std::uint32_t ResolveGroup(std::string_view name, std::string_view group) {
  std::optional<std::uint32_t> gid = ParseId(name);
  if (gid) return *gid;
  ForEachGroup(group, [&](const GroupEntry& entry) {
    if (entry.name == name) gid = entry.gid;
    return gid.has_value();
  });
  if (gid) return *gid;
  if (IsNumber(name)) {
    throw Error(ErrorKind::kInvalidInput, fmt::format("group id {} is out of range", name))
        .WithHint("group ids go from 0 to 4294967294");
  }
  throw Error(ErrorKind::kNotFound,
              fmt::format("unable to find group {}: no matching entries in group file",
                          PrintableText(name)))
      .WithHint("create the group in an earlier RUN, or give its number");
}

std::vector<std::uint32_t> SupplementaryGroups(std::string_view user, std::string_view group) {
  std::vector<std::uint32_t> groups;
  ForEachGroup(group, [&](const GroupEntry& entry) {
    const std::vector<std::string_view> members = Split(entry.members, ',');
    if (std::find(members.begin(), members.end(), user) != members.end()) {
      groups.push_back(entry.gid);
    }
    return groups.size() == kMaxGroups - 1;  // the primary group joins them
  });
  return groups;
}

[[noreturn]] void RefuseUser(std::string_view name) {
  if (IsNumber(name)) {
    throw Error(ErrorKind::kInvalidInput, fmt::format("user id {} is out of range", name))
        .WithHint("user ids go from 0 to 4294967294");
  }
  throw Error(ErrorKind::kNotFound,
              fmt::format("unable to find user {}: no matching entries in passwd file",
                          PrintableText(name)))
      .WithHint("create the user in an earlier RUN (useradd, adduser), or give its number");
}

// Nothing for what is missing or is no regular file (a device or pipe would block or never end).
std::string ReadImageFile(const RootedDir& root, std::string_view path) {
  const auto file =
      root.OpenIfExists(CleanPath::Parse(path), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  struct stat state {};
  if (!file || fstat(file->get(), &state) != 0 || !S_ISREG(state.st_mode)) return {};
  return ReadAll(file->get(), kFileLimit);
}

}  // namespace

UserIdentity ResolveUser(std::string_view user, std::string_view passwd, std::string_view group) {
  const std::size_t colon = user.find(':');
  const bool has_group = colon != std::string_view::npos && colon + 1 < user.size();
  std::string_view name = user.substr(0, colon);
  if (name.empty()) name = "0";
  const auto number = ParseId(name);
  const auto entry = FindUser(
      passwd, [&](const PasswdEntry& e) { return number ? e.uid == *number : e.name == name; });
  if (!entry && !number && name != "root") RefuseUser(name);

  UserIdentity identity;
  if (entry) {
    identity.uid = entry->uid;
    identity.gid = entry->gid;
    identity.home = entry->home.empty() ? "/" : std::string(entry->home);
  } else {
    identity.uid = number.value_or(0);
  }
  if (has_group) {
    identity.gid = ResolveGroup(user.substr(colon + 1), group);
  } else if (entry) {
    identity.groups = SupplementaryGroups(entry->name, group);
  }
  // As container engines have it, the primary group is one of the supplementary ones.
  if (std::find(identity.groups.begin(), identity.groups.end(), identity.gid) ==
      identity.groups.end()) {
    identity.groups.insert(identity.groups.begin(), identity.gid);
  }
  return identity;
}

UserIdentity LookUpUser(std::string_view user, const RootedDir& root) {
  return ResolveUser(user, ReadImageFile(root, "/etc/passwd"), ReadImageFile(root, "/etc/group"));
}

std::vector<std::uint32_t> LookUpGroups(const std::vector<std::string>& names,
                                        const RootedDir& root) {
  if (names.empty()) return {};
  const std::string group = ReadImageFile(root, "/etc/group");
  std::vector<std::uint32_t> ids;
  for (const std::string& name : names) ids.push_back(ResolveGroup(name, group));
  return ids;
}

}  // namespace ibuild::builder
