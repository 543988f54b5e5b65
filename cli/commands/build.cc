#include "builder/build.h"

#include "builder/location/prepare_context.h"
#include "builder/sandbox/user_namespace.h"
#include "cli/build/build_options.h"
#include "cli/build/check_command.h"
#include "cli/build/fetch_url.h"
#include "cli/build/finish.h"
#include "cli/build/remembering_resolver.h"
#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/render/output.h"
#include "cli/staging_dir.h"
#include "cli/wiring.h"
#include "layers/store/store.h"
#include "support/environment.h"

namespace ibuild::cli {
namespace {

// Contexts, for as long as the build looks at them.
class BuildInput {
 public:
  explicit BuildInput(Wiring& wiring) : wiring_(wiring) {}

  void Prepare(BuildOptions& options, const std::string& location) {
    const TraceSpan span(wiring_.trace(), "prepare context");
    const builder::ContextTools tools = Tools(NeedsStaging(options, location));
    builder::PreparedContext main = builder::PrepareMainContext(location, options.file, tools);
    options.request.dockerfile = std::move(main.dockerfile);
    options.request.context = std::move(main.context);
    held_ = std::move(main.staging);
    for (const auto& [name, value] : options.named_contexts) {
      options.request.named_contexts[name] = builder::PrepareNamedContext(value, tools, held_);
    }
  }

 private:
  // Plain directories are used where they are.
  static bool NeedsStaging(const BuildOptions& options, const std::string& location) {
    const bool directory =
        std::holds_alternative<builder::DirectoryLocation>(builder::ParseMainContext(location));
    return !directory || !options.named_contexts.empty();
  }

  builder::ContextTools Tools(bool staging) {
    if (staging) staging_.emplace(wiring_.store());
    builder::ContextTools tools;
    if (staging_) tools.temporary = staging_->path();
    tools.git.ssh_auth_sock = GetEnvironment("SSH_AUTH_SOCK");
    tools.fetch = [this](const std::string& url, ByteSink& sink) {
      FetchUrl(wiring_.registry(), {.url = url, .headers = {}, .stop = wiring_.stop()}, sink);
    };
    tools.become_root = [this] { wiring_.BecomeRoot(); };
    return tools;
  }

  Wiring& wiring_;
  std::optional<StagingDir> staging_;  // outlives what is in it
  std::vector<TempDir> held_;
};

builder::BuildPorts MakePorts(Wiring& wiring, oci::ImageResolver& resolver) {
  return {.store = wiring.store(),
          .resolver = resolver,
          .executor = wiring.executor(),
          .reporter = wiring.reporter(),
          .become_root = [&wiring] { wiring.BecomeRoot(); },
          .fetch_url =
              [&wiring](const std::string& url, const HeaderMap& headers, ByteSink& sink,
                        HeaderMap& response_headers) {
                const UrlRequest request{.url = url, .headers = headers, .stop = wiring.stop()};
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
    BuildInput input(wiring);
    input.Prepare(options_, operands.empty() ? "." : operands[0]);
    if (options_.call.what != "build") return AnswerCall(wiring, options_);
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
    return builder::Build(options_.request, MakePorts(wiring, resolver));
  }

  BuildOptions options_;
};

}  // namespace

std::unique_ptr<Command> MakeBuild() { return std::make_unique<BuildCommand>(); }

}  // namespace ibuild::cli
