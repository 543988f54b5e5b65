#include "cli/building/run_build.h"

#include "builder/cache/layer_lost.h"
#include "builder/location/prepare_context.h"
#include "builder/plan/control_args.h"
#include "builder/secrets/source_credentials.h"
#include "cli/building/build_options.h"
#include "cli/building/check_command.h"
#include "cli/building/fetch_url.h"
#include "cli/building/finish.h"
#include "cli/building/open_cache.h"
#include "cli/building/remembering_resolver.h"
#include "cli/exit_code.h"
#include "cli/local_images.h"
#include "cli/manifest_lists.h"
#include "cli/staging_dir.h"
#include "cli/standing_rule.h"
#include "cli/tracing/build_trace.h"
#include "cli/wiring.h"
#include "layers/archive/layout_image.h"
#include "layers/snapshot/unpack_image.h"
#include "layers/store/store.h"
#include "registry/client/registry_settings.h"
#include "sandbox/host/user_namespace.h"
#include "support/clock.h"
#include "support/environment.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

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
      options.request.named_contexts[name] = InContext(
          "build context " + name,
          [&, &written = value] { return builder::PrepareNamedContext(written, tools, held_); });
    }
    if (options.ignore_file) {
      options.request.context.ignore_file_text = ReadFile(*options.ignore_file);
    }
  }

  // As all of it is now. What came by standard input came once.
  void PrepareAgain(BuildOptions& options, const std::string& location) {
    if (location == "-" || options.file == "-") return;
    held_.clear();
    Prepare(options, location);
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

struct Caches {
  std::unique_ptr<builder::SharedCaches> read;  // null: none
  std::unique_ptr<builder::CacheExport> written;
};

// What a build leans on besides the wiring.
struct Supports {
  oci::ImageResolver& resolver;
  builder::Executor& executor;
  Reporter& reporter;
};

builder::BuildPorts MakePorts(Wiring& wiring, const Supports& supports,
                              const builder::SourceLimit& limit, const Caches& caches) {
  return {.store = wiring.store(),
          .resolver = supports.resolver,
          .executor = supports.executor,
          .reporter = supports.reporter,
          .become_root = [&wiring] { wiring.BecomeRoot(); },
          .fetch_url =
              [&wiring, limit = limit.ForStream()](const std::string& url, const HeaderMap& headers,
                                                   ByteSink& sink, HeaderMap& response_headers) {
                const UrlRequest request{
                    .url = url, .headers = headers, .limit = limit, .stop = wiring.stop()};
                response_headers = FetchUrl(wiring.registry(), request, sink);
              },
          .stop = wiring.stop(),
          .shared = caches.read.get(),
          .written = caches.written.get()};
}

// What comes after the last step: none of it is cached, all of it is quick.
builder::BuildResult Finished(Wiring& wiring, const AfterBuild& after, RememberingResolver& bases,
                              builder::BuildResult result) {
  layers::Store& store = wiring.store();
  if (after.squash) {
    for (const auto& [reference, image] : bases.resolved())
      bases.FetchLayers(reference, image, wiring.stop());
    wiring.BecomeRoot();
    for (const builder::BuiltImage& image : result.images) {
      const auto local = ReadImage(store, image.manifest, image.platform);
      if (local) layers::UnpackImage(store, local->content, local->config, wiring.reporter());
    }
    result = SquashImages(store, std::move(result));
  }
  return EditImages(store, std::move(result), after.edit);
}

// Again, when an output needs a layer that a cache promised and does not have: then its step runs.
BuildOutcome BuildAndFinish(Wiring& wiring, const BuildOptions& options,
                            RememberingResolver& resolver, builder::Executor& executor,
                            const Caches& caches) {
  const Supports supports{resolver, executor, wiring.reporter()};
  for (;;) {
    try {
      const builder::BuildResult result = Finished(
          wiring, options.after, resolver,
          builder::Build(options.request,
                         MakePorts(wiring, supports, options.request.source_limit, caches)));
      const TraceSpan span(wiring.trace(), "outputs");
      BuildFinisher finisher(wiring, options, resolver, result, caches.written.get());
      std::string printed = finisher.Run();
      return {.exit_code = kExitOk, .printed = std::move(printed), .root = finisher.root()};
    } catch (const builder::LayerLost& lost) {
      if (!caches.read) throw;
      caches.read->Forget(lost);
    }
  }
}

// Until it succeeds, or the user wants no further try of what failed.
BuildOutcome UntilEnough(AskingExecutor& executor, const std::function<BuildOutcome()>& build,
                         const std::function<void()>& prepare_again) {
  for (;;) {
    try {
      return build();
    } catch (const Error&) {
      if (!executor.TakeRetry()) throw;
      prepare_again();
    }
  }
}

// --check and --call.
BuildOutcome Answer(Wiring& wiring, BuildOptions& options, const std::string& location) {
  BuildInput input(wiring);
  input.Prepare(options, location);
  return {.exit_code = AnswerCall(wiring, options), .printed = {}, .root = {}};
}

BuildOutcome BuildAsAsked(Wiring& wiring, BuildOptions& options, const std::string& location) {
  const OnError on_error = ChooseOnError(options.on_error, wiring.settings());
  Caches caches;
  if (!options.request.cache.no_cache) caches.read = ReadCaches(wiring, options.cache_from);
  BuildInput input(wiring);
  input.Prepare(options, location);
  if (options.list) RefuseImageAsList(wiring.store(), *options.list);  // not after the build
  // What a cache answered need not be here: the store knows where it is.
  options.request.needs_layers_of = [&options,
                                     cached = caches.read != nullptr](const oci::Reference& base) {
    return options.after.squash || (!cached && NeedsLayersOf(options, base));
  };
  caches.written = WriteCaches(wiring, options.cache_to, caches.read.get());
  RememberingResolver resolver(wiring.resolver());
  resolver.ServeTo(wiring.store());
  AskingExecutor executor(wiring, on_error);
  BuildOutcome outcome = UntilEnough(
      executor, [&] { return BuildAndFinish(wiring, options, resolver, executor, caches); },
      [&] {
        input.PrepareAgain(options, location);
        if (caches.written) caches.written->StartOver();
      });
  if (caches.written) caches.written->Finish([&wiring] { wiring.BecomeRoot(); });
  wiring.FinishReporting();
  KeepStoreSmall(wiring.settings(), wiring.store());
  return outcome;
}

std::string NamesOf(const std::vector<oci::Reference>& tags) {
  std::vector<std::string> names;
  for (const oci::Reference& tag : tags) names.push_back(tag.ToString());
  return Join(names, ",");
}

}  // namespace

builder::BuildResult BuildHere(Wiring& wiring, const builder::BuildRequest& request,
                               oci::ImageResolver& resolver, Reporter* reporter) {
  const TraceSpan span(wiring.trace(), "build");
  Reporter& told = reporter != nullptr ? *reporter : wiring.reporter();
  const Supports supports{resolver, wiring.executor(), told};
  return builder::Build(request, MakePorts(wiring, supports, request.source_limit, {}));
}

BuildOutcome RunBuild(Wiring& wiring, BuildOptions& options, const std::string& location) {
  options.progress.ApplyTo(wiring.settings());
  options.registry.ApplyTo(wiring.registry_settings());
  options.ApplyDefaults(wiring.settings());
  for (std::string& host : options.InsecureHosts()) {
    wiring.registry_settings().insecure_hosts.push_back(std::move(host));
  }
  if (options.call.what != "build") return Answer(wiring, options, location);
  BuildTrace trace(wiring, NamesOf(options.tags));
  return trace.Follow([&] { return BuildAsAsked(wiring, options, location); });
}

}  // namespace ibuild::cli
