#include "sandbox/spec/program.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <span>

#include "sandbox/network/socket_guard.h"
#include "sandbox/ownership/guard.h"
#include "sandbox/process/seccomp_filter.h"
#include "sandbox/procview/guard.h"
#include "sandbox/spec/capabilities.h"
#include "sandbox/spec/rlimits.h"
#include "support/default_path.h"
#include "support/error.h"

namespace ibuild::builder {
namespace {

// Appends objects to a byte string; each lies at a multiple of its alignment.
class ProgramWriter {
 public:
  template <typename T>
  std::uint32_t Append(std::span<const T> values) {
    bytes_.resize((bytes_.size() + alignof(T) - 1) / alignof(T) * alignof(T));
    const std::size_t offset = bytes_.size();
    bytes_.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
    return static_cast<std::uint32_t>(offset);
  }

  // The empty text is at an offset, too: that of the NUL behind another.
  wire::TextOffset Text(const std::string& text) {
    const std::size_t offset = bytes_.size();
    bytes_.append(text.c_str(), text.size() + 1);
    return static_cast<wire::TextOffset>(offset);
  }

  // Texts, then the array of their offsets with room for two more.
  std::uint32_t Texts(const std::vector<std::string>& texts) {
    std::vector<std::uint64_t> offsets;
    for (const std::string& text : texts) offsets.push_back(Text(text));
    offsets.resize(offsets.size() + 2);
    return Append(std::span<const std::uint64_t>(offsets));
  }

  std::string Finish(const wire::Program& header) && {
    std::memcpy(bytes_.data(), &header, sizeof header);
    return std::move(bytes_);
  }

 private:
  std::string bytes_ = std::string(sizeof(wire::Program), '\0');
};

std::uint32_t AppendOps(const std::vector<SetupOp>& ops, ProgramWriter* writer) {
  std::vector<wire::Op> encoded;
  encoded.reserve(ops.size());
  for (const SetupOp& op : ops) {
    encoded.push_back({.kind = static_cast<std::uint32_t>(op.kind),
                       .slot = op.slot,
                       .at = op.at,
                       .mode = op.mode,
                       .flags = op.flags,
                       .path = writer->Text(op.path),
                       .data = writer->Text(op.data)});
  }
  return writer->Append(std::span<const wire::Op>(encoded));
}

std::string PathList(const std::vector<std::string>& env) {
  constexpr std::string_view kPath = "PATH=";
  for (const std::string& entry : env) {
    if (entry.starts_with(kPath)) return entry.substr(kPath.size());
  }
  return std::string(kDefaultPath);
}

void AppendGuard(std::span<const wire::FilterInstruction> guard, wire::Launch* launch,
                 ProgramWriter* writer) {
  launch->guard = writer->Append(guard);
  launch->guard_length = static_cast<std::uint32_t>(guard.size());
}

wire::Launch EncodeLaunch(const LaunchPlan& plan, ProgramWriter* writer) {
  wire::Launch launch{};
  launch.argv = writer->Texts(plan.argv);
  launch.argv_count = static_cast<std::uint32_t>(plan.argv.size());
  launch.env = writer->Texts(plan.env);
  launch.env_count = static_cast<std::uint32_t>(plan.env.size());
  launch.path_list = writer->Text(PathList(plan.env));
  launch.directory = writer->Text(plan.directory);
  launch.flags = plan.flags;
  launch.terminal = plan.terminal;
  launch.capabilities = plan.capabilities;
  if (plan.filtered) {
    const std::span<const wire::FilterInstruction> filter = SeccompFilter();
    launch.filter = writer->Append(filter);
    launch.filter_length = static_cast<std::uint32_t>(filter.size());
  }
  if (plan.proc_asked) {
    AppendGuard(ProcGuard(), &launch, writer);
  } else if (plan.emulated) {
    AppendGuard(OwnershipGuard(plan.guarded), &launch, writer);
  } else if (plan.recorded) {
    AppendGuard(DeviceGuard(plan.guarded), &launch, writer);
  } else if (plan.guarded) {
    AppendGuard(SocketGuard(), &launch, writer);
  }
  launch.rlimit_count = static_cast<std::uint32_t>(plan.rlimits.size());
  std::copy(plan.rlimits.begin(), plan.rlimits.end(), launch.rlimits);
  return launch;
}

int CreateMemoryFile(const char* name) {
  constexpr unsigned kExec = 0x10;  // MFD_EXEC, Linux 6.3: asked for where it is not the default
  const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  const int fd = memfd_create(name, flags | kExec);
  return fd >= 0 || errno != EINVAL ? fd : memfd_create(name, flags);
}

std::uint64_t CapabilitiesOf(const SandboxSpec& spec) {
  if (spec.traits.capabilities) return *spec.traits.capabilities;
  if (spec.security == SecurityMode::kInsecure) return kAllCapabilities;
  return spec.network == NetworkMode::kNone ? kLonelyCapabilities : kDefaultCapabilities;
}

}  // namespace

LaunchPlan PlanLaunch(const SandboxSpec& spec) {
  if (spec.argv.empty()) throw Error(ErrorKind::kInvalidInput, "there is no command to run");
  LaunchPlan plan;
  plan.argv = spec.argv;
  plan.env = spec.env;
  plan.directory = spec.working_directory;
  plan.capabilities = CapabilitiesOf(spec);
  plan.filtered = spec.IsFiltered();
  if (spec.traits.first_process) plan.flags |= wire::kFirstProcess;
  if (spec.traits.no_new_privileges) plan.flags |= wire::kNoNewPrivileges;
  plan.rlimits = PlanRlimits(spec.ulimits);
  return plan;
}

std::string EncodeProgram(const std::vector<SetupOp>& ops, const LaunchPlan& launch) {
  ProgramWriter writer;
  wire::Program header{};
  header.op_count = static_cast<std::uint32_t>(ops.size());
  header.ops = AppendOps(ops, &writer);
  header.launch = EncodeLaunch(launch, &writer);
  return std::move(writer).Finish(header);
}

UniqueFd MakeMemoryFile(const char* name, std::string_view content) {
  UniqueFd file(CreateMemoryFile(name));
  if (!file) ThrowErrno("creating a file in memory");
  WriteAll(file.get(), content);
  constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (fcntl(file.get(), F_ADD_SEALS, kSeals) < 0) ThrowErrno("sealing a file in memory");
  return file;
}

}  // namespace ibuild::builder
