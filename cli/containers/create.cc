#include "cli/containers/create.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>

#include "cli/image_names.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "layers/snapshot/unpack_image.h"
#include "layers/store/image_parts.h"
#include "oci/image_resolver.h"
#include "oci/layer_id.h"
#include "sandbox/network/network_helper.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::cli {
namespace {

constexpr std::string_view kOther = "container:";

oci::ResolvedImage Resolve(Wiring& wiring, const RunOptions& options, const std::string& name) {
  const auto local = LookUpNamed(wiring, name);
  const oci::Reference reference =
      local ? ReferenceTo(wiring, *local) : oci::Reference::Parse(name);
  // What the store has it also uses: a name of ours is no registry's business.
  if (local && options.pull() != "always") layers::PinImage(wiring.store(), local->descriptor);
  const auto policy = options.pull() == "always"  ? oci::PullPolicy::kAlways
                      : options.pull() == "never" ? oci::PullPolicy::kNever
                                                  : oci::PullPolicy::kMissing;
  if (!local && policy == oci::PullPolicy::kMissing && !options.quiet()) {
    StandardError()(fmt::format("Unable to find image '{}' locally\n", reference.Familiar()));
  }
  const oci::Platform platform =
      options.platform() ? oci::Platform::Parse(*options.platform()) : oci::Platform::Host();
  oci::ResolvedImage image = wiring.resolver().Resolve(reference, platform, policy);
  wiring.resolver().FetchLayers(reference, image, wiring.stop());
  return image;
}

// What of the store the container needs for as long as it is there.
std::vector<std::string> PinsOf(const oci::ResolvedImage& image) {
  std::vector<std::string> pins = {image.content.config.digest.hex(), image.manifest.digest.hex()};
  for (const oci::DiffId& layer : image.config.diff_ids) pins.push_back(layer.digest.hex());
  for (const oci::ChainId& chain : oci::ComputeChainIds(image.config.diff_ids)) {
    pins.push_back(chain.digest.hex());
  }
  for (const oci::Descriptor& layer : image.content.layers) pins.push_back(layer.digest.hex());
  return pins;
}

// Others are named by id from now on: a name may come to mean another container.
void ResolveOthers(const containers::ContainerStore& store, containers::HostConfig* host) {
  for (std::string* mode : {&host->network.mode, &host->pid_mode, &host->ipc_mode}) {
    if (!mode->starts_with(kOther)) continue;
    *mode = std::string(kOther) + store.Find(mode->substr(kOther.size())).config.id;
  }
  for (std::string& link : host->network.links) {
    const std::size_t colon = link.find(':');
    const containers::Container other = store.Find(link.substr(0, colon));
    const std::string alias =
        colon == std::string::npos ? other.config.name : link.substr(colon + 1);
    link = other.config.id + ":" + alias;
  }
}

// By the names that they have, however they were typed.
void NameNetworks(const containers::NetworkStore& networks, containers::NetworkOptions* options) {
  if (!options->mode.starts_with(kOther)) options->mode = networks.Find(options->mode).name;
  for (auto& place : options->more) place.network = networks.Find(place.network).name;
}

// A container works without, so that is no error. Not where standard error is the program's own and
// somebody may be reading it.
void WarnOfNoWayOut(const RunOptions& options) {
  if (!options.detach() && isatty(STDERR_FILENO) != 1) return;
  const builder::NetworkTool tool = builder::FindNetworkTool();
  if (!tool.program.empty()) return;
  StandardError()(fmt::format("warning: the container has no way out of this machine: {} ({})\n",
                              tool.obstacle, tool.hint));
}

void CheckNetwork(const containers::Engine& engine, const RunOptions& options,
                  const containers::HostConfig& host) {
  const std::string& mode = host.network.mode;
  const bool shares = mode.starts_with(kOther);
  if (!shares && !engine.networks().Find(mode).internal && mode != "host" && mode != "none") {
    WarnOfNoWayOut(options);
  }
  if (!host.sysctls.empty() && (shares || mode == "host")) {
    throw Error(ErrorKind::kUsage, "conflicting options: --sysctl and a network of others")
        .WithHint("set it at whose network that is");
  }
  if (mode == "host" && !host.ports.empty()) {
    StandardError()("WARNING: Published ports are discarded when using host network mode\n");
  }
  if (shares && (!host.ports.empty() || host.publish_all)) {
    throw Error(ErrorKind::kUsage,
                "conflicting options: port publishing and the container type network mode")
        .WithHint("publish the port at the container whose network is shared");
  }
}

void NameHost(containers::ContainerConfig* config, const containers::ContainerStore& store) {
  containers::ProcessConfig& process = config->process;
  const std::string& mode = config->host.network.mode;
  if (!process.hostname.empty()) return;
  process.hostname = config->id.substr(0, 12);
  if (mode.starts_with(kOther)) {
    process.hostname = store.Find(mode.substr(kOther.size())).config.process.hostname;
  } else if (mode == "host") {
    std::string name(256, '\0');
    if (gethostname(name.data(), name.size()) == 0) process.hostname = name.c_str();
  }
}

// What the others show, where nothing else is shown.
void TakeVolumes(const containers::ContainerStore& store, const std::vector<std::string>& others,
                 containers::ContainerConfig* config) {
  for (const std::string& text : others) {
    const std::size_t colon = text.find(':');
    for (containers::MountConfig mount : store.Find(text.substr(0, colon)).config.mounts) {
      const bool taken =
          std::any_of(config->mounts.begin(), config->mounts.end(),
                      [&](const auto& own) { return own.destination == mount.destination; });
      if (taken || mount.type == "tmpfs") continue;
      if (colon != std::string::npos && text.substr(colon) == ":ro") mount.writable = false;
      config->mounts.push_back(std::move(mount));
    }
  }
}

// Each place where something is mounted once; what the image declares and nobody has covered is a
// volume of its own.
void MakeVolumes(const containers::VolumeStore& volumes, containers::ContainerConfig* config) {
  std::set<std::string> covered;
  for (const auto& mount : config->mounts) covered.insert(mount.destination);
  for (const std::string& path : config->process.volumes) {
    if (covered.insert(path).second) {
      containers::MountConfig mount;
      mount.type = "volume";
      mount.destination = path;
      config->mounts.push_back(std::move(mount));
    }
  }
  for (auto& mount : config->mounts) {
    if (mount.type != "volume") continue;
    containers::VolumeConfig volume;
    volume.name = mount.name;
    volume.anonymous = mount.name.empty();
    mount.name = volumes.Create(volume).name;
    mount.source = volumes.Data(mount.name).native();
  }
  std::stable_sort(config->mounts.begin(), config->mounts.end(), [](const auto& a, const auto& b) {
    return std::count(a.destination.begin(), a.destination.end(), '/') <
           std::count(b.destination.begin(), b.destination.end(), '/');
  });
}

}  // namespace

Created CreateContainer(Wiring& wiring, const containers::Engine& engine, const RunOptions& options,
                        const std::vector<std::string>& operands) {
  options.Check();
  const oci::ResolvedImage image = Resolve(wiring, options, operands[0]);
  containers::ContainerConfig config =
      options.MakeConfig(image.config.config, {operands.begin() + 1, operands.end()});
  ResolveOthers(engine.containers(), &config.host);
  NameNetworks(engine.networks(), &config.host.network);
  CheckNetwork(engine, options, config.host);
  config.id = containers::NewContainerId();
  config.created = containers::NowNanoseconds();
  config.image_id = image.content.config.digest.ToString();
  config.manifest = image.manifest.digest.ToString();
  config.manifest_type = image.manifest.media_type;
  config.manifest_size = static_cast<std::int64_t>(image.manifest.size);
  config.process.image = operands[0];
  for (const oci::DiffId& layer : image.config.diff_ids) {
    config.layers.push_back(layer.digest.ToString());
  }
  NameHost(&config, engine.containers());
  TakeVolumes(engine.containers(), options.volumes_from(), &config);
  FileLock entered = engine.EnterUserNamespace();
  if (options.replaces()) {
    if (auto other = engine.containers().LookUpName(config.name)) {
      engine.Remove(*std::move(other), true, false);
    }
  }
  layers::UnpackImage(wiring.store(), image.content, image.config, wiring.reporter());
  MakeVolumes(engine.volumes(), &config);
  return {.container = engine.containers().Create(std::move(config), PinsOf(image)),
          .entered = std::move(entered)};
}

}  // namespace ibuild::cli
