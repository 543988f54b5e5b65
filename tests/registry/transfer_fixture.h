// What the tests of pushing and pulling share: a client without patience, a store in memory, and a
// reporter that writes down what it hears.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <string>
#include <vector>

#include "registry/client/registry_client.h"
#include "registry/transfer/pull.h"
#include "registry/transfer/push.h"
#include "support/error.h"
#include "tests/fakes/in_process_registry.h"
#include "tests/fakes/memory_store.h"

namespace ibuild::registry {

class RecordingReporter final : public Reporter {
 public:
  ActivityId Begin(std::string_view title) override { return Add("begin ", title); }
  void Advance(ActivityId, std::uint64_t, std::uint64_t) override {}
  void Output(ActivityId, std::string_view) override {}
  void Note(ActivityId, std::string_view text) override { Add("note ", text); }
  void End(ActivityId, ActivityState, std::string_view detail) override { Add("end ", detail); }
  void Log(LogLevel level, std::string_view message) override {
    Add(level == LogLevel::kDebug ? "debug " : "log ", message);
  }

  // All of it, a line each.
  std::string Text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  ActivityId Add(std::string_view kind, std::string_view text) {
    const std::lock_guard lock(mutex_);
    text_ += std::string(kind) + std::string(text) + "\n";
    return 1;
  }

  mutable std::mutex mutex_;
  std::string text_;
};

// Delays of milliseconds instead of seconds, and no credentials from this machine.
inline RegistrySettings ImpatientSettings() {
  RegistrySettings settings;
  settings.timing.retry.first_delay = Milliseconds(1);
  settings.timing.retry.longest_delay = Milliseconds(4);
  settings.timing.stall_window = Milliseconds(300);
  settings.certificate_directories = {"/nonexistent"};
  return settings;
}

// With an order of requests that is the same in each run.
inline RegistrySettings OneByOne() {
  RegistrySettings settings = ImpatientSettings();
  settings.jobs = 1;
  return settings;
}

inline Credential TestCredential(const std::string& username, const std::string& password) {
  return {username, Secret(password), {}, {}, "the test"};
}

inline RegistrySettings SettingsWith(const std::string& username, const std::string& password) {
  RegistrySettings settings = ImpatientSettings();
  settings.credentials.given = TestCredential(username, password);
  return settings;
}

// Bytes that do not repeat soon, so that a shift of any kind changes the digest.
inline std::string Noise(std::size_t size, unsigned seed = 1) {
  std::string bytes(size, '\0');
  std::uint32_t state = seed * 2654435761u + 1;
  for (char& byte : bytes) {
    state = state * 1664525u + 1013904223u;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

inline PulledImage PullInto(fakes::MemoryStore& store, RegistryClient& client,
                            const std::string& reference, Reporter* listener = nullptr) {
  SilentReporter silent;
  Reporter& reporter = listener != nullptr ? *listener : silent;
  PullRequest request{oci::Reference::Parse(reference),
                      oci::Platform{"linux", "amd64", "", "", {}}};
  return Pull(request, client, store, reporter);
}

inline PushReceipt PushSample(const fakes::SampleImage& image, RegistryClient& client,
                              const std::string& reference) {
  SilentReporter reporter;
  fakes::MemoryStore store(image.bytes);
  return Push({oci::Reference::Parse(reference), image.manifest}, store, client, reporter);
}

// The error that `work` ends with; the test fails when there is none.
template <typename Work>
Error ErrorOf(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return Error(ErrorKind::kInternal, "no error");
}

}  // namespace ibuild::registry
