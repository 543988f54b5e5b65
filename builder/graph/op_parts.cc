#include "builder/graph/op_parts.h"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

#include "builder/git/git_url.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

using Parts = std::vector<OpPart>;
using enum PartRole;

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;  // clang before 17 does not deduce it by itself

std::string YesNo(bool value) { return value ? "yes" : "no"; }

// Unambiguous: each text is a literal of its own.
std::string QuotedList(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : " ") + Quote(text);
  return list;
}

std::string Describe(const FileInput& input) {
  return std::visit(
      Overloaded{[](const ContextInput& context) {
                   return context.name.empty() ? "context" : "context " + Quote(context.name);
                 },
                 [](const VertexInput& vertex) { return fmt::format("vertex {}", vertex.vertex); }},
      input);
}

std::string Describe(NetworkMode mode) {
  static constexpr std::array<std::string_view, 3> names = {"default", "none", "host"};
  return std::string(names.at(static_cast<std::size_t>(mode)));
}

std::string Describe(SecurityMode mode) {
  return mode == SecurityMode::kSandbox ? "sandbox" : "insecure";
}

std::string Describe(CacheSharing sharing) {
  static constexpr std::array<std::string_view, 3> names = {"shared", "private", "locked"};
  return std::string(names.at(static_cast<std::size_t>(sharing)));
}

std::string Owned(mode_t mode, std::uint32_t uid, std::uint32_t gid) {
  return fmt::format("mode={:04o} uid={} gid={}", mode, uid, gid);
}

// The parts of one mount; `name` is "mount /target".
struct MountParts {
  Parts& parts;
  const std::string& name;

  void Add(std::string_view what, std::string value, PartRole role) const {
    parts.push_back({fmt::format("{}{}", name, what), std::move(value), role});
  }

  void operator()(const BindRunMount& bind) const {
    Add("", bind.writable ? "bind rw" : "bind ro", kMeaning);
    Add(" from", Describe(bind.from), kWiring);
    Add(" source", bind.source, kWiring);
  }
  void operator()(const CacheRunMount& cache) const {
    Add("",
        fmt::format("cache {} {}", cache.read_only ? "ro" : "rw",
                    Owned(cache.mode, cache.uid, cache.gid)),
        kMeaning);
    Add(" id", cache.id, kMeaning);  // another cache is another step, as in Docker
    Add(" sharing", Describe(cache.sharing), kIncidental);
    if (!cache.from) return;
    Add(" from", Describe(*cache.from), kIncidental);
    Add(" source", cache.source, kIncidental);
  }
  void operator()(const TmpfsRunMount& tmpfs) const {
    Add("", tmpfs.size ? fmt::format("tmpfs size={}", *tmpfs.size) : "tmpfs", kMeaning);
  }
  void operator()(const SecretRunMount& secret) const {
    Add("",
        fmt::format("secret id={} env={} file={} {}", Quote(secret.id),
                    Quote(secret.env.value_or("")), YesNo(secret.has_file),
                    Owned(secret.mode, secret.uid, secret.gid)),
        kMeaning);
    Add(" required", YesNo(secret.required), kIncidental);
  }
  void operator()(const SshRunMount& ssh) const {
    Add("", fmt::format("ssh id={} {}", Quote(ssh.id), Owned(ssh.mode, ssh.uid, ssh.gid)),
        kMeaning);
    Add(" required", YesNo(ssh.required), kIncidental);
  }
};

void AddEnvironment(Parts& parts, const std::vector<std::string>& env) {
  for (const std::string& variable : env) {
    const std::size_t equals = variable.find('=');
    const bool has_value = equals != std::string::npos;
    parts.push_back({"env." + variable.substr(0, equals),
                     has_value ? variable.substr(equals + 1) : std::string(), kMeaning});
  }
}

Parts PartsOfOp(const RunOp& op) {
  Parts parts = {{"argv", QuotedList(op.argv), kMeaning}};
  AddEnvironment(parts, op.env);
  parts.push_back({"working directory", op.working_directory, kMeaning});
  if (!op.user.empty()) parts.push_back({"user", op.user, kMeaning});
  parts.push_back({"hostname", op.hostname, kMeaning});
  parts.push_back({"network", Describe(op.network), kMeaning});
  if (op.security != SecurityMode::kSandbox) {
    parts.push_back({"security", Describe(op.security), kMeaning});
  }
  parts.push_back({"platform", op.platform.ToString(), kMeaning});
  for (const InlineScript& script : op.scripts) {
    parts.push_back({"script " + script.name, script.content, kMeaning});
  }
  for (const RunMountOp& mount : op.mounts) {
    const std::string name = "mount " + mount.target;
    std::visit(MountParts{parts, name}, mount.what);
  }
  if (!op.proxy_env.empty()) parts.push_back({"proxies", QuotedList(op.proxy_env), kIncidental});
  return parts;
}

// The parts of one source of a COPY; `name` is "source 1".
struct SourceParts {
  Parts& parts;
  const std::string& name;

  void Add(std::string_view what, std::string value, PartRole role) const {
    parts.push_back({fmt::format("{} {}", name, what), std::move(value), role});
  }

  void operator()(const FileSource& file) const {
    Add("from", Describe(file.from), kWiring);
    Add("path", file.pattern, kWiring);
  }
  void operator()(const InlineSource& inlined) const {
    Add("name", inlined.name, kMeaning);
    Add("text", inlined.content, kMeaning);
  }
  void operator()(const UrlSource& url) const {
    Add("url", url.url, kWiring);
    Add("name", url.file_name, kMeaning);
    if (url.checksum) Add("checksum", *url.checksum, kWiring);
  }
  void operator()(const GitSource& git) const {
    Add("repository", WithoutCredentials(git.remote), kWiring);
    Add("ref", git.ref, kWiring);
    Add("subdirectory", git.subdirectory, kMeaning);
    Add("keep .git", YesNo(git.keep_git_dir), kMeaning);
    Add("submodules", YesNo(git.submodules), kMeaning);
    Add("commit times", YesNo(git.commit_times), kMeaning);
    if (git.checksum) Add("checksum", *git.checksum, kWiring);
  }
};

// `written_sources` are words for messages and no part of what the op does.
Parts PartsOfOp(const CopyOp& op) {
  Parts parts;
  for (std::size_t i = 0; i < op.sources.size(); ++i) {
    const std::string name = fmt::format("source {}", i + 1);
    std::visit(SourceParts{parts, name}, op.sources[i]);
  }
  parts.push_back({"destination", op.destination, kMeaning});
  if (op.chown) parts.push_back({"chown", *op.chown, kMeaning});
  if (op.chmod) parts.push_back({"chmod", *op.chmod, kMeaning});
  if (op.link) parts.push_back({"link", YesNo(op.link), kMeaning});
  if (op.parents) parts.push_back({"parents", YesNo(op.parents), kMeaning});
  if (!op.exclude.empty()) parts.push_back({"exclude", QuotedList(op.exclude), kMeaning});
  if (op.unpack) parts.push_back({"unpack", YesNo(*op.unpack), kMeaning});
  return parts;
}

Parts PartsOfOp(const WorkdirOp& op) {
  Parts parts = {{"path", op.path, kMeaning}};
  if (!op.user.empty()) parts.push_back({"user", op.user, kMeaning});
  return parts;
}

Parts PartsOfOp(const ImageOp& op) {
  return {{"reference", op.reference.ToString(), kWiring},
          {"platform", op.platform.ToString(), kMeaning}};
}

Parts PartsOfOp(const ScratchOp&) { return {}; }

}  // namespace

std::vector<OpPart> PartsOf(const Op& op) {
  return std::visit([](const auto& kind) { return PartsOfOp(kind); }, op);
}

std::string_view KindOf(const Op& op) {
  return std::visit(
      Overloaded{[](const ScratchOp&) { return "scratch"; }, [](const ImageOp&) { return "image"; },
                 [](const RunOp&) { return "run"; },
                 [](const CopyOp& copy) { return copy.is_add ? "add" : "copy"; },
                 [](const WorkdirOp&) { return "workdir"; }},
      op);
}

}  // namespace ibuild::builder
