// Writes the seccomp filter of the sandbox as a C++ array, when ibuild is built.
//
// Compiling the rules takes libseccomp milliseconds, loading the result takes the kernel a tenth
// of one: so it is done here, once. The filter is for the architecture that we are built for, with
// the 32-bit one that its kernel also runs.
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include "sandbox/seccomp/allowed_calls.h"

namespace ibuild::builder {
namespace {

// A way to call the kernel. From 403 on, calls have one number in all of them.
struct Abi {
  std::uint32_t arch;
  std::uint32_t ioctl;
  std::uint32_t own_calls;  // from here on, numbers have a meaning of their own
};

#if defined(__x86_64__)
// Calls of the x32 ABI have bit 30 set; the filter behind the prelude refuses them.
constexpr Abi kAbis[] = {{SCMP_ARCH_X86_64, __NR_ioctl, 0x40000000},
                         {SCMP_ARCH_X86, 54, 0x40000000}};
constexpr unsigned kCloneFlagsArgument = 0;
#elif defined(__aarch64__)
constexpr Abi kAbis[] = {{SCMP_ARCH_AARCH64, __NR_ioctl, 0x40000000},
                         {SCMP_ARCH_ARM, 54, 0x000f0000}};  // set_tls and its like
constexpr unsigned kCloneFlagsArgument = 0;
#else
#error "no seccomp filter for this architecture"
#endif

constexpr std::uint64_t kNamespaceFlags = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                                          CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
                                          CLONE_NEWNET;

// ioctl(2) requests that type into a terminal on behalf of its user (CVE-2017-5226).
constexpr std::uint64_t kTerminalInput = 0x5412;  // TIOCSTI
constexpr std::uint64_t kTerminalLinux = 0x541C;  // TIOCLINUX

void Check(int result, const std::string& what) {
  if (result < 0) throw std::runtime_error(what + ": error " + std::to_string(-result));
}

class FilterRules {
 public:
  FilterRules() : context_(seccomp_init(SCMP_ACT_ERRNO(EPERM))) {
    if (context_ == nullptr) throw std::runtime_error("seccomp_init failed");
    for (const Abi& abi : kAbis) {
      if (const int result = seccomp_arch_add(context_, abi.arch); result != -EEXIST) {
        Check(result, "adding arch");
      }
    }
    Check(seccomp_attr_set(context_, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS)), "bad arch");
    Check(seccomp_attr_set(context_, SCMP_FLTATR_CTL_OPTIMIZE, 2), "binary tree");
  }
  FilterRules(const FilterRules&) = delete;
  FilterRules& operator=(const FilterRules&) = delete;
  ~FilterRules() { seccomp_release(context_); }

  // Calls that this libseccomp or architecture does not know are left out.
  void Allow(const char* name, const std::vector<scmp_arg_cmp>& conditions = {}) {
    Add(SCMP_ACT_ALLOW, name, conditions);
  }
  void Refuse(const char* name, std::uint16_t error) { Add(SCMP_ACT_ERRNO(error), name, {}); }

  std::vector<sock_filter> Export() const {
    const int file = memfd_create("filter", MFD_CLOEXEC);
    Check(seccomp_export_bpf(context_, file), "exporting");
    const off_t size = lseek(file, 0, SEEK_END);
    std::vector<sock_filter> filter(static_cast<std::size_t>(size) / sizeof(sock_filter));
    if (pread(file, filter.data(), static_cast<std::size_t>(size), 0) != size) {
      throw std::runtime_error("reading the filter failed");
    }
    close(file);
    return filter;
  }

 private:
  void Add(std::uint32_t action, const char* name, const std::vector<scmp_arg_cmp>& conditions) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR) return;
    const int result = seccomp_rule_add_array(
        context_, action, number, static_cast<unsigned>(conditions.size()), conditions.data());
    if (result != -EDOM && result != -EEXIST) Check(result, name);
  }

  scmp_filter_ctx context_;
};

template <typename Names>
void AllowAll(const Names& names, FilterRules* rules) {
  for (const char* name : names) rules->Allow(name);
}

void AddConditionalRules(FilterRules* rules) {
  // A clone that asks for a namespace is refused; clone3 hides its flags in memory, so programs are
  // sent back to clone.
  rules->Allow("clone", {SCMP_CMP64(kCloneFlagsArgument, SCMP_CMP_MASKED_EQ, kNamespaceFlags, 0)});
  rules->Refuse("clone3", ENOSYS);
  // Not the kernel's own crypto interface (38) nor the hypervisor's sockets (40).
  rules->Allow("socket", {SCMP_CMP64(0, SCMP_CMP_LT, AF_ALG)});
  rules->Allow("socket", {SCMP_CMP64(0, SCMP_CMP_EQ, AF_NFC)});
  rules->Allow("socket", {SCMP_CMP64(0, SCMP_CMP_GT, AF_VSOCK)});
  // Personalities: Linux, UNAME26, both 32-bit ones, and asking which it is.
  for (std::uint64_t personality : {0x0ull, 0x8ull, 0x20000ull, 0x20008ull, 0xffffffffull}) {
    rules->Allow("personality", {SCMP_CMP64(0, SCMP_CMP_EQ, personality)});
  }
}

sock_filter Statement(unsigned code, std::uint32_t k) {
  return {static_cast<__u16>(code), 0, 0, k};
}
sock_filter Jump(unsigned code, std::uint32_t k, std::size_t yes, std::size_t no) {
  return {static_cast<__u16>(code), static_cast<__u8>(yes), static_cast<__u8>(no), k};
}

// What libseccomp cannot say, for one ABI: typing into terminals is refused by the low half of the
// request (all that the kernel looks at), recent calls are allowed by number, and calls that nobody
// knew yet do not exist.
std::vector<sock_filter> PreludeFor(const Abi& abi) {
  constexpr std::uint32_t kAllow = SECCOMP_RET_ALLOW;
  constexpr std::uint32_t kNoCall = SECCOMP_RET_ERRNO | ENOSYS;
  constexpr std::uint32_t kRefuse = SECCOMP_RET_ERRNO | EPERM;
  constexpr unsigned kEqual = BPF_JMP | BPF_JEQ | BPF_K;
  constexpr unsigned kLoad = BPF_LD | BPF_W | BPF_ABS;
  std::vector<sock_filter> body;
  body.push_back(Statement(kLoad, offsetof(seccomp_data, nr)));
  body.push_back(Jump(kEqual, abi.ioctl, 0, 5));
  body.push_back(Statement(kLoad, offsetof(seccomp_data, args[1])));  // low half: little-endian
  body.push_back(Jump(kEqual, kTerminalInput, 1, 0));
  body.push_back(Jump(kEqual, kTerminalLinux, 0, 1));
  body.push_back(Statement(BPF_RET | BPF_K, kRefuse));
  body.push_back(Statement(BPF_RET | BPF_K, kAllow));
  for (std::uint32_t call : kRecentCalls) {
    body.push_back(Jump(kEqual, call, 0, 1));
    body.push_back(Statement(BPF_RET | BPF_K, kAllow));
  }
  body.push_back(Jump(BPF_JMP | BPF_JGE | BPF_K, abi.own_calls, 2, 0));
  body.push_back(Jump(BPF_JMP | BPF_JGT | BPF_K, kNewestKnownCall, 0, 1));
  body.push_back(Statement(BPF_RET | BPF_K, kNoCall));
  std::vector<sock_filter> prelude = {
      Statement(kLoad, offsetof(seccomp_data, arch)),
      Jump(kEqual, abi.arch, 0, body.size()),
  };
  prelude.insert(prelude.end(), body.begin(), body.end());
  return prelude;
}

// In front of libseccomp's filter: each ABI by which a program can reach the kernel has its part.
std::vector<sock_filter> Prelude() {
  std::vector<sock_filter> prelude;
  for (const Abi& abi : kAbis) {
    const std::vector<sock_filter> part = PreludeFor(abi);
    prelude.insert(prelude.end(), part.begin(), part.end());
  }
  return prelude;
}

std::vector<sock_filter> Generate() {
  FilterRules rules;
  AllowAll(kFileCalls, &rules);
  AllowAll(kProcessCalls, &rules);
  AllowAll(kMemoryCalls, &rules);
  AllowAll(kCommunicationCalls, &rules);
  AllowAll(kTimeCalls, &rules);
  AddConditionalRules(&rules);
  std::vector<sock_filter> filter = Prelude();
  const std::vector<sock_filter> compiled = rules.Export();
  filter.insert(filter.end(), compiled.begin(), compiled.end());
  return filter;
}

void Print(const std::vector<sock_filter>& filter) {
  std::printf("// Generated by generate_filter.cc.\n");
  for (const sock_filter& i : filter) {
    std::printf("{0x%02x, %d, %d, 0x%08xu},\n", i.code, i.jt, i.jf, i.k);
  }
}

}  // namespace
}  // namespace ibuild::builder

int main() {
  try {
    ibuild::builder::Print(ibuild::builder::Generate());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "generate_filter: %s\n", error.what());
    return 1;
  }
}
