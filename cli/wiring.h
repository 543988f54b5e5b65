// Wiring: constructs and owns the concrete things of a run, each when it is first asked for.
//
// A command takes what it needs from here and hands it on by reference, so nothing below cli/ knows
// a concrete class of another room, and what a command does not use costs nothing.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "cli/settings.h"
#include "support/report.h"
#include "support/trace.h"

namespace ibuild::layers {
class Store;
}
namespace ibuild::registry {
class RegistryClient;
struct RegistrySettings;
}  // namespace ibuild::registry
namespace ibuild::oci {
class ImageResolver;
class Reference;
struct Descriptor;
}  // namespace ibuild::oci
namespace ibuild::builder {
class Executor;
}

namespace ibuild::cli {

class Wiring {
 public:
  explicit Wiring(Settings settings);
  ~Wiring();
  Wiring(const Wiring&) = delete;
  Wiring& operator=(const Wiring&) = delete;

  Settings& settings() { return settings_; }
  Trace& trace();
  void WriteTrace();  // where --trace says
  // For what nobody is to wait for who wants the result: done when all has been said.
  void AtEnd(std::function<void()> work);
  void DoAtEnd();

  // How progress is shown: settings().progress, decided at the first call.
  Reporter& reporter();
  void FinishReporting();  // leaves the terminal as it should be for what is printed next
  // Does `work` while the live display leaves the terminal to it.
  void WithTerminal(const std::function<void()>& work);

  // From the first call on Ctrl-C, SIGTERM and SIGHUP ask to stop, and end what does not obey.
  std::stop_token stop();
  // Nothing will run that would take time to stop: the next signal is the end at once.
  void PromptOnly();
  int interrupt_signal() const;  // the signal that asked; 0: none

  layers::Store& store();
  // The environment's; the command line is laid over them before the first registry().
  registry::RegistrySettings& registry_settings();
  registry::RegistryClient& registry();
  // For shared caches: a client of its own, less patient and silent, since a cache must not hold up
  // a build. `insecure_host`: may be spoken to without TLS; empty: none.
  registry::RegistryClient& cache_registry(const std::string& insecure_host);
  oci::ImageResolver& resolver();
  // From now on the resolver finds `root`, which is in the store, under this name; the store itself
  // learns no name.
  void GiveImage(const oci::Reference& name, const oci::Descriptor& root);
  builder::Executor& executor();

  // Enters the user namespace where that is needed to be root (sandbox/host/user_namespace.h).
  void BecomeRoot();
  // Called before that: whoever has threads ends them (a process with threads cannot enter).
  void BeforeBecomingRoot(std::function<void()> end_threads);

  // Runs `work` while this process has no other thread: for entering namespaces and for copies of
  // this process that outlive it.
  void WithoutThreads(const std::function<void()>& work);

 private:
  struct Parts;
  void SayFarewell();

  Settings settings_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace ibuild::cli
