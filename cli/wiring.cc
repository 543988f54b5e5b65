#include "cli/wiring.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "builder/tree/fitting_executor.h"
#include "cli/building/open_cache.h"
#include "cli/interrupts.h"
#include "cli/render/error_report.h"
#include "cli/render/json_reporter.h"
#include "cli/render/output.h"
#include "cli/render/plain_reporter.h"
#include "cli/render/quiet_reporter.h"
#include "cli/render/rawjson_reporter.h"
#include "cli/render/tty_reporter.h"
#include "cli/store_place.h"
#include "cli/tracing/tracing_reporter.h"
#include "layers/store/find_image.h"
#include "layers/store/layer_origins.h"
#include "layers/store/store.h"
#include "layers/store/store_owners.h"
#include "registry/client/registry_client.h"
#include "registry/transfer/remote_resolver.h"
#include "sandbox/host/user_namespace.h"
#include "sandbox/process/namespace_executor.h"
#include "support/error.h"
#include "support/json.h"
#include "support/recorded_owner.h"

namespace ibuild::cli {

namespace {

builder::Isolation IsolationOf(const std::string& way) {
  if (way == "namespaces") return builder::Isolation::kNamespaces;
  return way == "chroot" ? builder::Isolation::kChroot : builder::Isolation::kAuto;
}

// The files of one store have the owners that the image wants, or they have them recorded: what the
// first build came to, the later ones keep to.
void EnterAsTheStoreWants(const layers::StoreSession& files) {
  const std::optional<layers::StoreOwners> kept = layers::FindStoreOwners(files);
  const auto& report = builder::EnterUserNamespace(kept == layers::StoreOwners::kRecorded
                                                       ? builder::WantedIds::kOne
                                                       : builder::WantedIds::kAsManyAsPossible);
  const auto ours =
      OwnersAreRecorded() ? layers::StoreOwners::kRecorded : layers::StoreOwners::kReal;
  if (!kept) return layers::KeepStoreOwners(files, ours);
  if (*kept == ours) return;
  Error error(ErrorKind::kUnsupported,
              "the files of the store belong to users who cannot be had now");
  if (!report.reason.empty()) error.AddContext(report.reason);
  throw std::move(error).WithHint(report.hint.empty() ? "choose another store with --root"
                                                      : report.hint);
}

// Of a base it is only remembered what its own name says anyway; an image that was made on it here
// has no other place to come from.
bool IsElsewhere(layers::Store& store, const oci::Reference& name, const oci::Digest& layer) {
  const auto origin = layers::FindOrigin(store, layer);
  if (!origin || origin->choice != layers::kBaseChoice) return origin.has_value();
  const auto images = store.names().List();
  return std::any_of(images.begin(), images.end(), [&](const layers::NamedImage& image) {
    return image.name == name && !image.remote;
  });
}

}  // namespace

// In the order in which they lean on each other: what is declared later goes first.
struct Wiring::Parts {
  std::optional<Trace> trace;
  std::unique_ptr<Reporter> reporter;
  TtyReporter* live = nullptr;  // the reporter, when it is the one that redraws
  std::optional<Interrupts> interrupts;
  std::optional<layers::Store> store;
  std::optional<registry::RegistrySettings> registry_settings;
  std::unique_ptr<registry::RegistryClient> registry;
  SilentReporter silent;
  std::map<std::string, std::unique_ptr<registry::RegistryClient>> cache_registries;
  std::unique_ptr<oci::ImageResolver> resolver;
  std::map<oci::Reference, oci::Descriptor> given_images;
  std::unique_ptr<builder::Executor> executor;
  std::vector<std::function<void()>> before_root;
  std::vector<std::function<void()>> at_end;
  bool is_root = false;
};

Wiring::Wiring(Settings settings)
    : settings_(std::move(settings)), parts_(std::make_unique<Parts>()) {}
Wiring::~Wiring() = default;

Trace& Wiring::trace() {
  if (!parts_->trace) {
    const bool wanted = !settings_.trace.empty() || !settings_.trace_id.empty();
    parts_->trace.emplace(wanted ? Trace::Mode::kOn : Trace::Mode::kOff);
  }
  return *parts_->trace;
}

void Wiring::WriteTrace() {
  if (!settings_.trace.empty()) trace().Write(settings_.trace);
}

void Wiring::AtEnd(std::function<void()> work) { parts_->at_end.push_back(std::move(work)); }

void Wiring::DoAtEnd() {
  for (const auto& work : std::exchange(parts_->at_end, {})) work();
}

Reporter& Wiring::reporter() {
  if (parts_->reporter) return *parts_->reporter;
  const Palette palette(settings_.color);
  const LogLevel level = settings_.debug ? LogLevel::kDebug : LogLevel::kInfo;
  const std::string& mode = settings_.progress;
  if (mode == "json") {
    parts_->reporter = std::make_unique<JsonReporter>(StandardError());
  } else if (mode == "rawjson") {
    parts_->reporter = std::make_unique<RawJsonReporter>(StandardError());
  } else if (mode == "quiet" || mode == "none") {
    parts_->reporter = std::make_unique<QuietReporter>(StandardError(), palette);
  } else if (mode == "tty" || (mode == "auto" && settings_.live_terminal)) {
    auto live = std::make_unique<TtyReporter>(StandardError(), palette, level);
    parts_->live = live.get();
    parts_->reporter = std::move(live);
    stop();
    parts_->interrupts->SetTick([tty = parts_->live] { tty->Redraw(); });
  } else {
    parts_->reporter = std::make_unique<PlainReporter>(StandardError(), palette, level);
  }
  if (trace().on()) {
    parts_->reporter = std::make_unique<TracingReporter>(std::move(parts_->reporter), trace());
  }
  return *parts_->reporter;
}

void Wiring::FinishReporting() {
  if (parts_->live == nullptr) return;
  parts_->interrupts->SetTick(nullptr);
  parts_->live->Finish();
}

void Wiring::WithTerminal(const std::function<void()>& work) {
  TtyReporter* const live = parts_->live;
  if (live == nullptr) return work();
  live->Hold();
  try {
    work();
  } catch (...) {
    live->Release();
    throw;
  }
  live->Release();
}

std::stop_token Wiring::stop() {
  if (!parts_->interrupts) {
    parts_->interrupts.emplace([] { return builder::CommandsBeingEnded() > 0; },
                               [this] { SayFarewell(); });
  }
  return parts_->interrupts->token();
}

// From the thread that ends the process: what else runs then is not waited for.
void Wiring::SayFarewell() {
  if (parts_->live != nullptr) parts_->live->Finish();
  const Error error(ErrorKind::kCancelled, "cancelled");
  StandardError()(RenderError(error, Palette(settings_.color)));
}

void Wiring::PromptOnly() {
  stop();
  parts_->interrupts->SetPatience(std::chrono::milliseconds(0));
}

int Wiring::interrupt_signal() const {
  return parts_->interrupts ? parts_->interrupts->signal() : 0;
}

layers::Store& Wiring::store() {
  if (parts_->store) return *parts_->store;
  settings_.root = OwnStore(settings_.root);
  try {
    parts_->store.emplace(layers::Store::Open(settings_.root));
  } catch (Error& error) {
    if (error.hint().empty()) error.AddHint("`--root DIR` or IBUILD_ROOT keeps it elsewhere");
    throw;
  }
  parts_->store->AddElsewhere(
      [this](const oci::Descriptor& descriptor) { return OpenFromOrigin(*this, descriptor); });
  return *parts_->store;
}

registry::RegistrySettings& Wiring::registry_settings() {
  if (!parts_->registry_settings) {
    parts_->registry_settings = registry::RegistrySettingsFromEnvironment();
    parts_->registry_settings->user_agent = "ibuild/" IBUILD_VERSION;
    parts_->registry_settings->verify_tls = settings_.verify_tls;
    parts_->registry_settings->upload_notes =
        layers::StoreLayout(OwnStore(settings_.root)).uploads();
    if (!settings_.docker_config.empty()) {
      parts_->registry_settings->credentials =
          registry::CredentialSettingsFromEnvironment({}, settings_.docker_config);
    }
  }
  return *parts_->registry_settings;
}

registry::RegistryClient& Wiring::registry() {
  if (!parts_->registry) {
    parts_->registry = std::make_unique<registry::RegistryClient>(registry_settings(), reporter());
  }
  return *parts_->registry;
}

registry::RegistryClient& Wiring::cache_registry(const std::string& insecure_host) {
  auto& client = parts_->cache_registries[insecure_host];
  if (client) return *client;
  registry::RegistrySettings settings = registry_settings();
  if (!insecure_host.empty()) settings.insecure_hosts.push_back(insecure_host);
  settings.timing.retry.attempts = 2;
  settings.timing.retry.connect_attempts = 1;
  settings.timing.retry.longest_throttle = std::chrono::seconds(2);
  settings.timing.connect_timeout = std::chrono::seconds(3);
  settings.timing.stall_window = std::chrono::seconds(10);
  client = std::make_unique<registry::RegistryClient>(std::move(settings), parts_->silent);
  return *client;
}

oci::ImageResolver& Wiring::resolver() {
  if (parts_->resolver) return *parts_->resolver;
  layers::Store& images = store();
  registry::ImageNames names{
      .find = [&images, &given = parts_->given_images,
               containers = IsContainersTool(settings_.tool)](
                  const oci::Reference& name) -> std::optional<oci::Descriptor> {
        const auto known = given.find(name);
        if (known != given.end()) return known->second;
        if (containers) {  // FROM app is localhost/app, when there is one
          const auto local = layers::LookUpImage(images, "localhost/" + name.Familiar());
          if (local && local->name) return local->descriptor;
        }
        return images.names().Find(name);
      },
      .record =
          [&images](const oci::Reference& name, const oci::Descriptor& root) {
            images.names().Set({{name, root, root.digest}});
          },
      .is_elsewhere = [&images](
                          const oci::Reference& name,
                          const oci::Digest& layer) { return IsElsewhere(images, name, layer); }};
  parts_->resolver = std::make_unique<registry::RemoteImageResolver>(registry(), images.blobs(),
                                                                     std::move(names), reporter());
  return *parts_->resolver;
}

void Wiring::GiveImage(const oci::Reference& name, const oci::Descriptor& root) {
  parts_->given_images.insert_or_assign(name, root);
}

builder::Executor& Wiring::executor() {
  if (!parts_->executor) {
    layers::Store& files = store();
    parts_->executor = std::make_unique<builder::FittingExecutor>(
        reporter(), IsolationOf(settings_.isolation),
        []() -> const builder::PrivilegeReport& { return builder::EnterUserNamespace(); },
        [&files] { return files.session()->NewStagingPath(); });
  }
  return *parts_->executor;
}

void Wiring::BeforeBecomingRoot(std::function<void()> end_threads) {
  parts_->before_root.push_back(std::move(end_threads));
}

void Wiring::BecomeRoot() {
  if (parts_->is_root) return;
  if (builder::MovesToBecomeRoot()) {
    for (const auto& end_threads : parts_->before_root) end_threads();
  }
  const layers::StoreSession& files = *store().session();
  WithoutThreads([&files] { EnterAsTheStoreWants(files); });
  parts_->is_root = true;
}

void Wiring::WithoutThreads(const std::function<void()>& work) {
  if (parts_->interrupts) {
    parts_->interrupts->WithoutThread(work);
  } else {
    work();
  }
}

}  // namespace ibuild::cli
