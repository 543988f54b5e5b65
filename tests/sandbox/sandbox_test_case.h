// A root file system of busybox and a place for layers, for tests that really run sandboxes.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "sandbox/process/namespace_executor.h"
#include "support/files.h"

namespace ibuild::builder {

struct RunOutcome {
  ExecutionResult result;
  std::string output;
};

class SandboxTestCase : public ::testing::Test {
 protected:
  SandboxTestCase();

  // `sh -c script` above the busybox layer, writing to a fresh upper directory.
  SandboxSpec Shell(const std::string& script);
  RunOutcome Run(const SandboxSpec& spec, std::stop_token stop = {});
  // The output of a script that must succeed.
  std::string Output(const std::string& script);
  // Adds a layer on top of the others; the directory to fill.
  std::filesystem::path AddLayer(const std::string& name);
  // Paths in the upper directory of the latest spec, sorted, one a line.
  std::string Upper() const;

  const std::filesystem::path& directory() const { return directory_.path(); }
  NamespaceExecutor& executor() { return executor_; }

 private:
  TempDir directory_;
  std::vector<std::filesystem::path> layers_;
  std::filesystem::path upper_;
  int uppers_ = 0;
  SilentReporter reporter_;
  NamespaceExecutor executor_{reporter_};
};

}  // namespace ibuild::builder
