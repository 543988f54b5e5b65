// The options of `run` and `create`, and the container that they describe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "containers/model/container.h"
#include "oci/image_config.h"

namespace ibuild::cli {

// --memory and its kin, which `update` has as well.
void DeclareContainerLimits(OptionSet& options, containers::Limits& limits);

// Throws kUsage for limits of memory that do not go together.
void CheckContainerLimits(const containers::Limits& limits);

// "no", "always", "unless-stopped", "on-failure[:N]". Throws kUsage.
containers::RestartPolicy ParseRestartPolicy(const std::string& text);

// What -e and --env-file say, into `env`; a name alone takes our own value. Throws kUsage.
void SetVariables(const std::vector<std::string>& files, const std::vector<std::string>& entries,
                  std::vector<std::string>* env);

class RunOptions {
 public:
  void Declare(OptionSet& options);

  // Throws kUsage and kInvalidInput for options that do not go together, whatever the image.
  void Check() const;

  // `arguments` take the place of the image's CMD; with --entrypoint the CMD goes as well. Throws
  // kInvalidInput when there is nothing to run. Names of containers and networks are as typed.
  containers::ContainerConfig MakeConfig(const oci::RuntimeConfig& image,
                                         const std::vector<std::string>& arguments) const;

  bool detach() const { return detach_; }
  bool interactive() const { return interactive_; }
  bool tty() const { return tty_; }
  bool pass_signals() const { return pass_signals_; }
  const std::vector<std::string>& volumes_from() const { return volumes_from_; }
  const std::string& id_file() const { return id_file_; }
  const std::string& pull() const { return pull_; }
  const std::optional<std::string>& platform() const { return platform_; }
  bool quiet() const { return quiet_; }
  bool replaces() const { return replaces_; }

 private:
  void DeclareProcess(OptionSet& options);
  void DeclareMachine(OptionSet& options);
  void DeclareNetwork(OptionSet& options);
  void DeclareHealth(OptionSet& options);
  void AddNetwork(const std::string& text);
  void ApplyNetworks(containers::NetworkOptions* network) const;
  std::vector<std::string> MakeEnv(const oci::RuntimeConfig& image) const;
  void ApplyHealth(const oci::RuntimeConfig& image, containers::ProcessConfig* process) const;

  containers::ContainerConfig config_;  // what the options say
  std::vector<std::string> env_;
  std::vector<std::string> env_files_;
  std::vector<std::string> volumes_from_;
  std::vector<containers::NetworkPlace> networks_;
  std::vector<std::string> labels_;
  std::vector<std::string> label_files_;
  std::optional<std::string> entrypoint_;
  std::optional<std::string> working_dir_;
  std::optional<std::string> user_;
  std::optional<std::string> stop_signal_;
  containers::HealthConfig health_;
  std::optional<std::string> health_command_;
  bool no_health_ = false;
  bool detach_ = false;
  bool interactive_ = false;
  bool tty_ = false;
  bool pass_signals_ = true;
  bool quiet_ = false;
  bool replaces_ = false;
  std::string id_file_;
  std::string pull_ = "missing";
  std::optional<std::string> platform_;
};

}  // namespace ibuild::cli
