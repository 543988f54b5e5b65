#include "builder/build.h"

#include "builder/location/prepare_context.h"
#include "builder/plan/control_args.h"
#include "builder/secrets/source_credentials.h"
#include "cli/building/build_options.h"
#include "cli/building/check_command.h"
#include "cli/building/fetch_url.h"
#include "cli/building/finish.h"
#include "cli/building/remembering_resolver.h"
#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/render/output.h"
#include "cli/staging_dir.h"
#include "cli/wiring.h"
#include "layers/archive/layout_image.h"
#include "layers/store/store.h"
#include "registry/client/registry_settings.h"
#include "sandbox/host/user_namespace.h"
#include "support/clock.h"
#include "support/environment.h"
#include "support/error.h"

namespace ibuild::cli {
namespace {

// Contexts, for as long as the build looks at them.
class BuildInput {
 public:
  explicit BuildInput(Wiring& wiring) : wiring_(wiring) {}

  void Prepare(BuildOptions& options, const std::string& location) {
    const TraceSpan span(wiring_.trace(), "prepare context");
    const builder::ContextTools tools = Tools(options, NeedsStaging(options, location));
    builder::PreparedContext main = builder::PrepareMainContext(location, options.file, tools);
    options.request.dockerfile = std::move(main.dockerfile);
    options.request.context = std::move(main.context);
    held_ = std::move(main.staging);
    for (const auto& [name, value] : options.named_contexts) {
      options.request.named_contexts[name] = InContext("build context " + name, [&] {
        return builder::PrepareNamedContext(value, tools, held_);
      });
    }
  }

 private:
  // Plain directories are used where they are.
  static bool NeedsStaging(const BuildOptions& options, const std::string& location) {
    const bool directory =
        std::holds_alternative<builder::DirectoryLocation>(builder::ParseMainContext(location));
    return !directory || !options.named_contexts.empty();
  }

  builder::ContextTools Tools(const BuildOptions& options, bool staging) {
    if (staging) staging_.emplace(wiring_.store());
    builder::ContextTools tools;
    if (staging_) tools.temporary = staging_->path();
    tools.git = [&secrets = options.request.secrets](const std::string& remote) {
      builder::SecretStore store(secrets);
      return builder::GitAccess{.authorization = builder::GitAuthorization(remote, store),
                                .ssh_auth_sock = GetEnvironment("SSH_AUTH_SOCK")};
    };
    const auto& build_args = options.request.build_args;
    tools.keep_git_dir = builder::ControlSwitch(build_args, builder::kKeepGitDirArg);
    tools.commit_times = !builder::ControlText(build_args, builder::kSourceDateEpochArg).empty();
    tools.limit = options.request.source_limit;
    tools.fetch = [this, &limit = options.request.source_limit](const std::string& url,
                                                                ByteSink& sink) {
      HeaderMap answer = FetchUrl(
          wiring_.registry(),
          {.url = url, .headers = {}, .limit = limit.ForStream(), .stop = wiring_.stop()}, sink);
      const auto time = ParseHttpDate(answer["last-modified"]);
      return time ? std::optional(time->seconds) : std::nullopt;
    };
    tools.become_root = [this] { wiring_.BecomeRoot(); };
    tools.import_layout = [this](const builder::LayoutLocation& layout) { return Import(layout); };
    return tools;
  }

  // Named by its digest, so that two layouts are two images.
  oci::Reference Import(const builder::LayoutLocation& layout) {
    const layers::LayoutImage wanted{
        .path = layout.path, .tag = layout.tag, .digest = layout.digest};
    const oci::Descriptor root =
        layers::ImportLayoutImage(wiring_.store(), wanted, wiring_.reporter());
    const oci::Repository place{oci::RegistryHost::Parse("localhost"), "oci-layout"};
    oci::Reference name(place, std::nullopt, root.digest);
    wiring_.GiveImage(name, root);
    return name;
  }

  Wiring& wiring_;
  std::optional<StagingDir> staging_;  // outlives what is in it
  std::vector<TempDir> held_;
};

builder::BuildPorts MakePorts(Wiring& wiring, oci::ImageResolver& resolver,
                              const builder::SourceLimit& limit) {
  return {.store = wiring.store(),
          .resolver = resolver,
          .executor = wiring.executor(),
          .reporter = wiring.reporter(),
          .become_root = [&wiring] { wiring.BecomeRoot(); },
          .fetch_url =
              [&wiring, limit = limit.ForStream()](const std::string& url, const HeaderMap& headers,
                                                   ByteSink& sink, HeaderMap& response_headers) {
                const UrlRequest request{
                    .url = url, .headers = headers, .limit = limit, .stop = wiring.stop()};
                response_headers = FetchUrl(wiring.registry(), request, sink);
              },
          .stop = wiring.stop()};
}

class BuildCommand final : public Command {
 public:
  void Declare(OptionSet& options) override { options_.Declare(options); }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    options_.progress.ApplyTo(wiring.settings());
    options_.registry.ApplyTo(wiring.registry_settings());
    options_.ApplyDefaults(wiring.settings());
    for (std::string& host : options_.InsecureHosts()) {
      wiring.registry_settings().insecure_hosts.push_back(std::move(host));
    }
    BuildInput input(wiring);
    input.Prepare(options_, operands.empty() ? "." : operands[0]);
    if (options_.call.what != "build") return AnswerCall(wiring, options_);
    options_.request.needs_layers_of = [this](const oci::Reference& base) {
      return NeedsLayersOf(options_, base);
    };
    RememberingResolver resolver(wiring.resolver());
    const builder::BuildResult result = Build(wiring, resolver);
    const TraceSpan span(wiring.trace(), "outputs");
    const std::string printed = BuildFinisher(wiring, options_, resolver, result).Run();
    wiring.FinishReporting();
    WriteStandardOutput(printed);
    return kExitOk;
  }

 private:
  builder::BuildResult Build(Wiring& wiring, oci::ImageResolver& resolver) const {
    const TraceSpan span(wiring.trace(), "build");
    return builder::Build(options_.request,
                          MakePorts(wiring, resolver, options_.request.source_limit));
  }

  BuildOptions options_;
};

}  // namespace

std::unique_ptr<Command> MakeBuild() { return std::make_unique<BuildCommand>(); }

}  // namespace ibuild::cli
