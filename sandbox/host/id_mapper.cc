#include "sandbox/host/id_mapper.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "support/error.h"
#include "support/files.h"
#include "support/process.h"
#include "support/text.h"
#include "support/user_name.h"

namespace ibuild::builder {
namespace {

// The helpers of shadow-utils. Our own PATH is not asked: a program of that name in somebody's home
// directory is not what we want to trust.
std::optional<std::string> FindHelper(const std::string& name) {
  for (const char* directory : {"/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin", "/sbin"}) {
    const std::string path = std::string(directory) + "/" + name;
    if (access(path.c_str(), X_OK) == 0) return path;
  }
  return std::nullopt;
}

// Every id that we have ourselves and that images use, as itself.
IdMap OwnMap(const char* file) {
  constexpr std::uint32_t kUsedIds = kNeededIds + 1;
  const IdMap whole = ReadIdMap(file);
  std::vector<IdRange> ranges;
  for (const IdRange& range : whole.ranges()) {
    if (range.inside >= kUsedIds) continue;
    ranges.push_back({.inside = range.inside,
                      .outside = range.inside,
                      .count = std::min(range.count, kUsedIds - range.inside)});
  }
  return IdMap(std::move(ranges));
}

// The next four run in the helper process.
[[noreturn]] void Complain(int to, const std::string& text) {
  [[maybe_unused]] const ssize_t written = write(to, text.data(), text.size());
  _exit(1);
}

void WriteMap(int complaint, pid_t pid, const char* name, const IdMap& map) {
  const std::string path = fmt::format("/proc/{}/{}", pid, name);
  const std::string text = map.ToProcFormat();
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    Complain(complaint, fmt::format("write to {}: {}", path, std::strerror(errno)));
  }
  close(fd);
}

void RunHelper(int complaint, const char* name, pid_t pid, const IdMap& map) {
  const std::string program = FindHelper(name).value_or(name);
  std::vector<std::string> words = {program, std::to_string(pid)};
  for (const IdRange& range : map.ranges()) {
    for (const std::uint32_t number : {range.inside, range.outside, range.count}) {
      words.push_back(std::to_string(number));
    }
  }
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    char* environment[] = {nullptr};
    dup2(complaint, STDERR_FILENO);
    execve(program.c_str(), argv.data(), environment);
    _exit(127);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!ExitStatus::FromWait(status).Success()) Complain(complaint, program + " failed");
}

[[noreturn]] void Serve(int go, int complaint, pid_t pid, const IdMaps& maps) {
  char byte;
  ssize_t size = 0;
  do {
    size = read(go, &byte, 1);
  } while (size < 0 && errno == EINTR);
  if (size != 1) _exit(0);  // there is no namespace
  if (geteuid() == 0) {
    WriteMap(complaint, pid, "uid_map", maps.uids);
    WriteMap(complaint, pid, "gid_map", maps.gids);
  } else {
    RunHelper(complaint, "newuidmap", pid, maps.uids);
    RunHelper(complaint, "newgidmap", pid, maps.gids);
  }
  _exit(0);
}

void WriteOwn(const char* path, const std::string& text) {
  const UniqueFd file(open(path, O_WRONLY | O_CLOEXEC));
  if (!file || write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    ThrowErrno(std::string("write to ") + path);
  }
}

}  // namespace

IdMaps FindIdMaps() {
  if (geteuid() == 0) return {OwnMap("/proc/self/uid_map"), OwnMap("/proc/self/gid_map")};
  const IdUser user{UserName(getuid()), getuid()};
  const IdFiles files = ReadIdFiles();
  return {MakeIdMap(getuid(), RangesOf(user, files.user_grants)),
          MakeIdMap(getgid(), RangesOf(user, files.group_grants))};
}

std::optional<Obstacle> FindMapObstacle(const IdMaps& maps) {
  if (geteuid() == 0) {
    if (maps.uids.Count() > kNeededIds && maps.gids.Count() > kNeededIds) return std::nullopt;
    return Obstacle{fmt::format("this container has {} ids only", maps.uids.Count()),
                    "give it 65536 ids where it is started"};
  }
  if (!FindHelper("newuidmap") || !FindHelper("newgidmap")) {
    return Obstacle{"newuidmap and newgidmap are not installed",
                    "as root: apt-get install uidmap (or shadow-utils on other distributions)"};
  }
  const IdUser user{UserName(getuid()), getuid()};
  if (auto obstacle = FindIdObstacle(user, maps.uids, maps.gids, ReadIdFiles())) return obstacle;
  if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1) {
    return Obstacle{"no_new_privs is set, so newuidmap has no effect",
                    "in Kubernetes: allowPrivilegeEscalation: true"};
  }
  return std::nullopt;
}

Obstacle ExplainMapFailure(const std::string& complaint) {
  Obstacle obstacle;
  obstacle.reason = "mapping ids failed: " + PrintableText(Trim(complaint));
  const std::string helper = FindHelper("newuidmap").value_or("");
  struct stat state {};
  if (!helper.empty() && stat(helper.c_str(), &state) == 0 && (state.st_mode & S_ISUID) != 0) {
    // Set-user-ID, it is not the owner of our namespace and would need CAP_SYS_ADMIN, which a
    // container does not have; with file capabilities it stays the owner.
    obstacle.hint =
        "in a container newuidmap needs file capabilities instead of set-user-ID; as root in the "
        "image: chmod u-s /usr/bin/newuidmap /usr/bin/newgidmap && setcap cap_setuid=ep "
        "/usr/bin/newuidmap && setcap cap_setgid=ep /usr/bin/newgidmap";
  } else {
    obstacle.hint =
        "check the ranges in /etc/subuid and /etc/subgid, and that newuidmap and newgidmap are "
        "set-user-ID root or have their file capabilities";
  }
  return obstacle;
}

IdMapper::IdMapper(const IdMaps& maps) {
  Pipe go = MakePipe();
  Pipe complaint = MakePipe();
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) ThrowErrno("starting a process that maps ids");
  if (pid_ == 0) {
    close(go.write_end.get());
    Serve(go.read_end.get(), complaint.write_end.get(), parent, maps);
  }
  go_ = std::move(go.write_end);
  complaint_ = std::move(complaint.read_end);
}

IdMapper::~IdMapper() {
  if (pid_ < 0) return;
  go_.Reset();
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::string IdMapper::Map() {
  WriteAll(go_.get(), "g");
  go_.Reset();
  std::string complaint = ReadAll(complaint_.get());
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0) {
    if (errno != EINTR) ThrowErrno("waiting for the process that maps ids");
  }
  pid_ = -1;
  if (ExitStatus::FromWait(status).Success()) return {};
  return complaint.empty() ? "no reason was given" : complaint;
}

void MapOwnId(uid_t uid, gid_t gid) {
  // Without this a group could be dropped that is there to be denied something
  // (user_namespaces(7)).
  WriteOwn("/proc/self/setgroups", "deny");
  WriteOwn("/proc/self/uid_map", fmt::format("0 {} 1\n", uid));
  WriteOwn("/proc/self/gid_map", fmt::format("0 {} 1\n", gid));
}

}  // namespace ibuild::builder
