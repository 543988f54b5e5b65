#include "tests/sandbox/sandbox_test_case.h"

#include <algorithm>

namespace ibuild::builder {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBusybox = "/bin/busybox";

}  // namespace

SandboxTestCase::SandboxTestCase() : directory_(fs::temp_directory_path(), "sandbox-test-") {
  const fs::path base = AddLayer("base");
  for (const char* name : {"bin", "tmp", "root"}) fs::create_directories(base / name);
  fs::copy_file(kBusybox, base / "bin/busybox");
  for (const char* name :
       {"sh",    "true",     "cat",   "ls",       "id",      "echo", "touch", "stat",
        "mkdir", "rm",       "grep",  "sleep",    "mount",   "dd",   "ln",    "test",
        "chown", "chmod",    "env",   "hostname", "kill",    "nc",   "wget",  "ip",
        "find",  "readlink", "mknod", "su",       "unshare", "tty",  "stty",  "yes",
        "wc",    "head",     "tr",    "mv",       "rmdir",   "sync"}) {
    fs::create_symlink("busybox", base / "bin" / name);
  }
}

fs::path SandboxTestCase::AddLayer(const std::string& name) {
  layers_.push_back(directory() / name);
  fs::create_directories(layers_.back());
  return layers_.back();
}

SandboxSpec SandboxTestCase::Shell(const std::string& script) {
  const std::string number = std::to_string(++uppers_);
  upper_ = directory() / ("upper" + number);
  fs::create_directories(upper_);
  fs::create_directories(directory() / ("work" + number));
  SandboxSpec spec;
  spec.root = {.lowers = layers_, .upper = upper_, .work = directory() / ("work" + number)};
  spec.argv = {"/bin/sh", "-c", script};
  spec.env = {"PATH=/bin"};
  return spec;
}

RunOutcome SandboxTestCase::Run(const SandboxSpec& spec, std::stop_token stop) {
  RunOutcome outcome;
  const ProcessIo io = {.output = [&](std::string_view text) { outcome.output += text; }};
  outcome.result = executor_.Run(spec, io, std::move(stop));
  return outcome;
}

std::string SandboxTestCase::Output(const std::string& script) {
  const RunOutcome outcome = Run(Shell(script));
  EXPECT_TRUE(outcome.result.status.Success())
      << script << "\nended with " << outcome.result.status.ShellCode() << ": " << outcome.output;
  return outcome.output;
}

std::string SandboxTestCase::Upper() const {
  std::vector<std::string> paths;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(upper_)) {
    paths.push_back(entry.path().lexically_relative(upper_).string());
  }
  std::sort(paths.begin(), paths.end());
  std::string text;
  for (const std::string& path : paths) text += path + "\n";
  return text;
}

}  // namespace ibuild::builder
