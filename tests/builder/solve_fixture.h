// A store, a context and a graph to be solved with a FakeExecutor.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "builder/build.h"
#include "builder/solve/solver.h"
#include "tests/builder/files.h"
#include "tests/fakes/fake_executor.h"
#include "tests/scratch_dir.h"

namespace ibuild::builder {

// Remembers how every activity ended and what was noted.
class RecordingReporter final : public Reporter {
 public:
  ActivityId Begin(std::string_view title) override {
    const std::scoped_lock lock(mutex_);
    titles_.emplace_back(title);
    return titles_.size() - 1;
  }
  void Advance(ActivityId, std::uint64_t, std::uint64_t) override {}
  void Output(ActivityId, std::string_view) override {}
  void Note(ActivityId, std::string_view text) override { Add("note " + std::string(text)); }
  void End(ActivityId id, ActivityState state, std::string_view detail) override {
    static constexpr const char* kStates[] = {"done", "cached", "cancelled", "failed"};
    const std::scoped_lock lock(mutex_);
    lines_.push_back(titles_.at(id) + ": " + kStates[static_cast<int>(state)] +
                     (detail.empty() ? "" : " " + std::string(detail)));
  }
  void Log(LogLevel, std::string_view message) override { Add("log " + std::string(message)); }

  std::vector<std::string> Take() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(lines_, {});
  }

 private:
  void Add(std::string line) {
    const std::scoped_lock lock(mutex_);
    lines_.push_back(std::move(line));
  }

  std::mutex mutex_;
  std::vector<std::string> titles_;
  std::vector<std::string> lines_;
};

// Knows no image.
class NoImages final : public oci::ImageResolver {
 public:
  oci::ResolvedImage Resolve(const oci::Reference& reference, const oci::Platform&,
                             oci::PullPolicy) override {
    throw Error(ErrorKind::kNotFound, reference.ToString() + ": manifest unknown");
  }
  void FetchLayers(const oci::Reference&, const oci::ResolvedImage&, std::stop_token) override {}
};

inline BuildRequest EmptyRequest() {
  return BuildRequest{.dockerfile = SourceText("Dockerfile", ""),
                      .context = {},
                      .named_contexts = {},
                      .build_args = {},
                      .labels = {},
                      .target = {},
                      .platforms = {},
                      .pull = oci::PullPolicy::kMissing,
                      .source_date_epoch = {},
                      .clamp_times = false,
                      .strict = false,
                      .source_limit = {},
                      .steps = {},
                      .cache = {},
                      .needs_layers_of = {},
                      .secrets = {},
                      .ssh_agents = {}};
}

class SolveTest : public testing::Test {
 protected:
  SolveTest() : store_(layers::Store::Open(root_.path() / "store")) {
    std::filesystem::create_directory(context());
    request_.context.directory = context();
  }

  std::filesystem::path context() const { return root_.path() / "context"; }

  BuildPorts Ports() {
    return BuildPorts{.store = store_,
                      .resolver = resolver_,
                      .executor = executor_,
                      .reporter = reporter_,
                      .become_root = [this] { ++roots_; },
                      .fetch_url = {},
                      .stop = stop_.get_token()};
  }

  BuildResult BuildText(const std::string& dockerfile) {
    request_.dockerfile = SourceText("Dockerfile", dockerfile);
    return Build(request_, Ports());
  }

  // The files of a built image.
  std::string Files(const BuildResult& result) {
    const auto stack = store_.layer_directories().FindStack(result.images.at(0).layers);
    return stack ? ListTree(layers::LayeredTree(*stack)) : "(not unpacked)";
  }

  // A command that writes one file.
  void Writes(const std::string& command, const std::string& path, const std::string& content) {
    executor_.When(command, [=](const SandboxSpec& spec, const ProcessIo&, std::stop_token) {
      Write(spec.root.upper, path, content);
      SetTime(spec.root.upper / path, 1000);
      return ExecutionResult{};
    });
  }

  ScratchDir root_;
  layers::Store store_;
  NoImages resolver_;
  FakeExecutor executor_;
  RecordingReporter reporter_;
  std::stop_source stop_;
  BuildRequest request_ = EmptyRequest();
  int roots_ = 0;
};

}  // namespace ibuild::builder
