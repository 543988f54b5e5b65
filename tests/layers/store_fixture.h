// A store in a fresh directory, and small things to put into it.
#pragma once

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "layers/pack/layer_packer.h"
#include "layers/store/store.h"
#include "oci/media_type.h"
#include "support/byte_stream.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::layers {

class StoreTest : public testing::Test {
 protected:
  std::filesystem::path root() const { return temp_.path() / "store"; }
  std::filesystem::path scratch() const { return temp_.path(); }
  Store Open() const { return Store::Open(root()); }

  static oci::Descriptor Put(Store& store, const std::string& content,
                             std::string_view type = oci::kOciLayer) {
    const oci::Descriptor descriptor = oci::DescriptorOf(std::string(type), content);
    StringSource source(content);
    store.blobs().Put(descriptor, source);
    return descriptor;
  }

  static std::string Get(Store& store, const oci::Descriptor& descriptor) {
    return ReadToString(*store.blobs().Open(descriptor), 64u << 20);
  }

  // A layer with these files (path, content), packed and committed.
  static PackedLayer CommitFiles(Store& store,
                                 const std::vector<std::pair<std::string, std::string>>& files) {
    StagedLayer staged = store.layer_directories().Stage();
    for (const auto& [name, content] : files) {
      const std::filesystem::path file = staged.upper() / name;
      MakeDirectories(file.parent_path());
      WriteFileAtomically(file, content);
    }
    NullSink sink;
    const PackedLayer packed = PackDirectory(staged.upper(), {.latest_mtime = 0}, sink);
    store.layer_directories().Commit(std::move(staged), packed);
    return packed;
  }

  static std::size_t CountEntries(const std::filesystem::path& directory) {
    const auto entries = std::filesystem::directory_iterator(directory);
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
  }

 private:
  static std::filesystem::path TempParent() {
    // Tests make many small files: in memory where the machine offers it.
    return ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : testing::TempDir();
  }
  TempDir temp_{TempParent(), "ibuild-store-test-"};
};

template <typename Work>
Error ErrorOf(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "expected an Error";
  return Error(ErrorKind::kInternal, "no error");
}

// Runs work() in a child process; the child's exit code is 0 unless it threw. Waits only where
// asked to.
class ChildRun {
 public:
  explicit ChildRun(const std::function<void()>& work) : pid_(::fork()) {
    if (pid_ != 0) return;
    try {
      work();
      ::_exit(0);
    } catch (const std::exception& error) {
      WriteAll(2, std::string(error.what()) + "\n");
    }
    ::_exit(1);
  }
  ChildRun(const ChildRun&) = delete;
  ChildRun& operator=(const ChildRun&) = delete;
  ~ChildRun() {
    if (pid_ > 0) Kill();
  }

  int Wait() {
    int status = -1;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return status;
  }
  void Kill() {
    ::kill(pid_, SIGKILL);
    Wait();
  }

 private:
  pid_t pid_;
};

}  // namespace ibuild::layers
