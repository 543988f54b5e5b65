#include "cli/building/build_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/building/annotation_option.h"
#include "cli/building/fields.h"
#include "cli/building/secret_options.h"
#include "cli/compression.h"
#include "cli/image_names.h"
#include "support/environment.h"
#include "support/error.h"
#include "support/files.h"
#include "support/suggest.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

Error Usage(std::string message) { return Error(ErrorKind::kUsage, std::move(message)); }

// "NAME=VALUE"; nothing after the name: nullopt.
std::pair<std::string, std::optional<std::string>> SplitAssignment(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || text.empty()) throw Usage(fmt::format("{} has no name", Quote(text)));
  if (equals == std::string::npos) return {text, std::nullopt};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

// A build argument without value is our environment's, if it has one.
void AddBuildArg(std::map<std::string, std::string>& args, const std::string& text) {
  auto [name, value] = SplitAssignment(text);
  if (!value) value = GetEnvironment(name.c_str());
  if (value) args[name] = *value;
}

// NAME=VALUE lines; `#` begins a comment.
void AddBuildArgFile(std::map<std::string, std::string>& args, const std::string& path) {
  const std::string text = ReadFile(path);
  for (const std::string_view line : Split(text, '\n')) {
    const std::string_view trimmed = Trim(line);
    if (!trimmed.empty() && trimmed.front() != '#') AddBuildArg(args, std::string(trimmed));
  }
}

oci::PullPolicy ParsePull(const std::string& text) {
  if (text == "true" || text == "1" || text == "always" || text == "newer" || text == "ifnewer") {
    return oci::PullPolicy::kAlways;
  }
  if (text == "never") return oci::PullPolicy::kNever;
  if (text == "false" || text == "0" || text == "missing" || text == "ifmissing") {
    return oci::PullPolicy::kMissing;
  }
  throw Usage(fmt::format("{} is none of always, missing, never", Quote(text)));
}

std::int64_t ParseEpoch(const std::string& text) {
  const auto seconds = ParseUnsigned(text);
  if (!seconds) throw Usage(fmt::format("{} is not a number of seconds", Quote(text)));
  return static_cast<std::int64_t>(*seconds);
}

void AddPlatforms(std::vector<oci::Platform>& platforms, const std::string& text) {
  for (const std::string_view part : Split(text, ',')) {
    oci::Platform platform = oci::Platform::Parse(Trim(part));
    if (std::find(platforms.begin(), platforms.end(), platform) == platforms.end()) {
      platforms.push_back(std::move(platform));
    }
  }
}

void AddAnnotations(std::vector<layers::Annotation>& annotations, const std::string& text) {
  for (layers::Annotation& annotation : ParseAnnotation(text)) {
    annotations.push_back(std::move(annotation));
  }
}

void Allow(builder::Entitlements& entitlements, const std::string& text) {
  if (text == "network.host") {
    entitlements.network_host = true;
  } else if (text == "security.insecure") {
    entitlements.security_insecure = true;
  } else if (text == "shared-proc") {
    entitlements.shared_proc = true;
  } else {
    throw Usage(fmt::format("there is no entitlement {}", Quote(text)))
        .WithHint("`network.host`, `security.insecure` and `shared-proc` can be allowed");
  }
}

CallSpec ParseCall(const std::string& text) {
  CallSpec call;
  for (const Field& field : ParseFields(text)) {
    if (!field.has_value) {
      call.what = field.key == "lint" ? "check" : field.key;
    } else if (field.key == "format") {
      call.format = field.value;
    } else {
      ThrowUnknownField(field, {"format"});
    }
  }
  static const std::vector<std::string> kWhat = {"build", "check", "outline", "targets"};
  if (std::find(kWhat.begin(), kWhat.end(), call.what) == kWhat.end()) {
    throw Usage(fmt::format("{} is none of {}", Quote(call.what), Join(kWhat, ", ")));
  }
  const bool known = call.format == "text" || call.format == "json" ||
                     (call.format == "sarif" && call.what == "check");
  if (!known) throw Usage(fmt::format("there is no format {}", Quote(call.format)));
  return call;
}

}  // namespace

void BuildOptions::Declare(OptionSet& options) {
  DeclareInput(options);
  DeclareOutput(options);
  DeclareSteps(options);
  DeclareCache(options);
  DeclareAfterBuild(options);
  progress.Declare(options);
  registry.Declare(options);
}

void BuildOptions::ApplyDefaults(const Settings& settings) {
  if (request.platforms.empty() && settings.default_platform) {
    AddPlatforms(request.platforms, *settings.default_platform);
  }
  request.source_limit.bytes = settings.source_limit;
  if (cache_from.empty()) cache_from = ParseCacheLines(settings.cache_from, CacheUse::kRead);
  if (cache_to.empty()) cache_to = ParseCacheLines(settings.cache_to, CacheUse::kWrite);
  // The environment's is a build argument that nobody has to give.
  if (settings.source_date_epoch) {
    request.build_args.emplace("SOURCE_DATE_EPOCH", std::to_string(*settings.source_date_epoch));
  }
  for (const std::string& text : tag_texts_) tags.push_back(NameToGive(settings, text));
  if (list_text_) list = NameToGive(settings, *list_text_);
  if (reproducible) request.source_date_epoch = 0;
  request.clamp_times = reproducible || clamp_to_epoch_ || RewritesTimes();
  if (!after.types && IsContainersTool(settings.tool)) {
    if (const auto format = GetEnvironment("BUILDAH_FORMAT"))
      after.types = ParseTypeFamily(*format);
  }
  request.steps.extra_hosts = host_.extra_hosts;
  request.steps.shm_size = host_.shm_size;
  request.steps.ulimits = host_.ulimits;
  CheckOutputs();
}

// What would fail after the build had better fail before it.
void BuildOptions::CheckOutputs() const {
  const auto streams = std::count_if(outputs.begin(), outputs.end(), [](const OutputSpec& output) {
    return output.destination == "-";
  });
  if (streams > 1) throw Usage("several outputs go to standard output");
  const bool index = request.platforms.size() > 1 ||
                     request.build_args.find("BUILDKIT_MULTI_PLATFORM") != request.build_args.end();
  const bool wanted = layers::NeedsIndex(annotations) ||
                      std::any_of(outputs.begin(), outputs.end(), [](const OutputSpec& output) {
                        return layers::NeedsIndex(output.options.annotations);
                      });
  if (wanted && !index) {
    throw Usage("there is no index to annotate: the image has one platform")
        .WithHint("leave out `index` and `index-descriptor`, or name several with --platform");
  }
}

std::vector<std::string> BuildOptions::InsecureHosts() const {
  std::vector<std::string> hosts;
  for (const OutputSpec& output : outputs) {
    if (!output.insecure) continue;
    for (const oci::Reference& tag : tags) hosts.push_back(tag.repository().host.name());
    for (const std::string& name : output.names) {
      hosts.push_back(oci::Reference::Parse(name).repository().host.name());
    }
  }
  return hosts;
}

// There is one image whatever its outputs, so one output's wish holds for all.
bool BuildOptions::RewritesTimes() const {
  return std::any_of(outputs.begin(), outputs.end(),
                     [](const OutputSpec& output) { return output.rewrite_timestamp; });
}

void BuildOptions::DeclareInput(OptionSet& options) {
  options.Value("-f,--file", "FILE", "The Dockerfile, - or a URL (default: CONTEXT/Dockerfile)",
                file);
  options.Custom("--build-arg", "NAME[=VALUE]", "Value of an ARG; repeat",
                 [this](const std::string& text) { AddBuildArg(request.build_args, text); });
  options.Custom("--build-arg-file", "FILE", "Values of ARGs, a NAME=VALUE on each line; repeat",
                 [this](const std::string& text) { AddBuildArgFile(request.build_args, text); });
  options.Value("--ignorefile", "FILE", "Instead of the context's .dockerignore", ignore_file);
  options.Custom(
      "--build-context", "NAME=VALUE",
      "A further context: a directory, docker-image://…, oci-layout://… or a URL; repeat",
      [this](const std::string& text) {
        const auto [name, value] = SplitAssignment(text);
        if (!value) throw Usage(fmt::format("context {} has no value", Quote(name)));
        named_contexts[name] = *value;
      });
  options.Value("--target", "STAGE", "Build this stage (default: the last)", request.target);
  options.Custom("--platform", "OS/ARCH[,...]", "Build for these (default: this machine's)",
                 [this](const std::string& text) { AddPlatforms(request.platforms, text); });
  options.Switch("--strict", "Treat what Docker tolerates silently as an error", request.strict);
  options.Switch("--check", "Check the Dockerfile instead of building",
                 [this](bool on) { call.what = on ? "check" : "build"; });
  options.Custom("--call", "check|outline|targets[,format=text|json|sarif]",
                 "Look at the Dockerfile instead of building",
                 [this](const std::string& text) { call = ParseCall(text); });
}

void BuildOptions::DeclareOutput(OptionSet& options) {
  options.Custom("--manifest", "NAME", "Add the images to this list of the store",
                 [this](const std::string& text) {
                   NameToGive({}, text);  // what is wrong with it is told at once
                   list_text_ = text;
                 });
  options.Custom("-t,--tag", "NAME[:TAG]", "Name of the image in the store; repeat",
                 [this](const std::string& text) {
                   NameToGive({}, text);  // what is wrong with it is told at once
                   tag_texts_.push_back(text);
                 });
  options.Custom("-o,--output", "type=TYPE[,dest=PATH...]",
                 "Write the result (oci, docker, tar, local); repeat",
                 [this](const std::string& text) { outputs.push_back(ParseOutput(text)); });
  options.Switch("--push", "Push every --tag", push);
  options.Switch("--load", "Keep the image in the store; always so", [](bool) {});
  options.Custom("--label", "NAME=VALUE", "A label of the image; repeat",
                 [this](const std::string& text) {
                   const auto [name, value] = SplitAssignment(text);
                   request.labels[name] = value.value_or("");
                 });
  options.Custom("--annotation", "[PLACE:]KEY=VALUE",
                 "An annotation of the manifest, or of: index, index-descriptor, "
                 "manifest-descriptor, manifest[PLATFORM]; repeat",
                 [this](const std::string& text) { AddAnnotations(annotations, text); });
  options.Value("--iidfile", "FILE", "Write the image id", files.image_id);
  options.Value("--metadata-file", "FILE", "Write digests and names as JSON", files.metadata);
  options.Switch("--reproducible", "The same image from the same input, always", reproducible);
}

void BuildOptions::DeclareSteps(OptionSet& options) {
  DeclareLimits(options, request.steps.limits);
  DeclareHostOptions(options, host_);
  options.Custom("--network", "default|none|host", "Which network RUN steps see",
                 [this](const std::string& text) { request.steps.network = ParseNetwork(text); });
  options.Custom(
      "--stop-timeout", "SECONDS", "A cancelled step's time to end by itself (10)",
      [this](const std::string& text) { request.steps.stop_timeout = ParseStopTimeout(text); });
  options.Custom(
      "--on-error", "ask|shell|fail",
      "A step that fails: ask what to do, show it in a shell, or end (ask at a terminal)",
      [this](const std::string& text) { on_error = ParseOnError(text); });
  options.Custom("--allow", "ENTITLEMENT", "network.host, security.insecure or shared-proc; repeat",
                 [this](const std::string& text) { Allow(request.steps.entitlements, text); });
  options.Custom("--secret", "id=ID[,src=FILE|,env=NAME|,cmd=COMMAND]",
                 "A secret for RUN --mount=type=secret; repeat",
                 [this](const std::string& text) { AddSecret(request.secrets, text); });
  options.Custom("--ssh", "default|ID[=SOCKET]", "An SSH agent for RUN --mount=type=ssh; repeat",
                 [this](const std::string& text) { AddSshAgent(request.ssh_agents, text); });
}

void BuildOptions::DeclareCache(OptionSet& options) {
  options.Switch("--no-cache", "Run every step", request.cache.no_cache);
  options.Custom("--no-cache-filter", "STAGE[,...]", "Run every step of these stages",
                 [this](const std::string& text) {
                   for (const std::string_view stage : Split(text, ',')) {
                     request.cache.no_cache_stages.emplace_back(stage);
                   }
                 });
  options.Custom(
      "--cache-from", "NAME:TAG|type=TYPE,...",
      "Also look in this shared cache (registry, local, s3, gha); repeat",
      [this](const std::string& text) { cache_from.push_back(ParseCache(text, CacheUse::kRead)); });
  options.Custom(
      "--cache-to", "NAME:TAG|type=TYPE[,mode=max]...",
      "Write this shared cache (registry, local, inline, s3, gha); repeat",
      [this](const std::string& text) { cache_to.push_back(ParseCache(text, CacheUse::kWrite)); });
  options.Switch("--explain", "Say why a step is not in the cache", request.cache.explain);
  options.Custom("--pull", "[=always|missing|never]", "Ask the registry for newer base images",
                 [this](const std::string& text) { request.pull = ParsePull(text); });
}

void BuildOptions::DeclareAfterBuild(OptionSet& options) {
  options.Switch("--squash", "Make one layer of the image, the files of its base in it",
                 after.squash);
  options.Custom("--format", "oci|docker", "Media types of the image (default: oci)",
                 [this](const std::string& text) { after.types = ParseTypeFamily(text); });
  options.Each("--unset-env", "NAME", "Leave the variable out of the image; repeat",
               after.edit.unset_env);
  options.Each("--unset-label", "NAME", "Leave the label out of the image; repeat",
               after.edit.unset_labels);
  options.Each("--env", "NAME[=VALUE]", "Set a variable of the image; repeat", after.edit.env);
  options.Custom("--timestamp", "SECONDS", "The time of the image, and of all that it adds",
                 [this](const std::string& text) {
                   request.source_date_epoch = ParseEpoch(text);
                   clamp_to_epoch_ = true;
                 });
}

}  // namespace ibuild::cli
