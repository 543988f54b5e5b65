#include "builder/plan_request.h"

#include <utility>

#include "support/error.h"

namespace ibuild::builder {
namespace {

std::optional<std::string> FindArg(const BuildRequest& request, const std::string& name) {
  const auto found = request.build_args.find(name);
  if (found == request.build_args.end()) return std::nullopt;
  return found->second;
}

NamedContexts NamesOf(const BuildRequest& request) {
  NamedContexts contexts;
  for (const auto& [name, source] : request.named_contexts) {
    if (source.image) {
      contexts.emplace(name, ImageContext{*source.image});
    } else if (!source.directory.empty()) {
      contexts.emplace(name, DirectoryContext{});
    } else {
      contexts.emplace(name, ScratchContext{});
    }
  }
  return contexts;
}

std::optional<parser::BaseImageFacts> FactsOf(const KnownImageConfig& known,
                                              const std::string& image,
                                              const std::string& platform) {
  try {
    const oci::ImageConfig* config =
        known(oci::Reference::Parse(image),
              platform.empty() ? oci::Platform::Host() : oci::Platform::Parse(platform));
    if (config == nullptr) return std::nullopt;
    return parser::BaseImageFacts{.env = config->config.env,
                                  .has_shell = !config->config.shell.empty(),
                                  .platform = config->platform.ToString()};
  } catch (const Error&) {
    return std::nullopt;  // a wrong name or platform of a FROM: an error of its own
  }
}

}  // namespace

parser::ParseOptions MakeParseOptions(const BuildRequest& request) {
  return {.syntax = FindArg(request, "BUILDKIT_SYNTAX"),
          .check = FindArg(request, "BUILDKIT_DOCKERFILE_CHECK")};
}

PlanInput MakePlanInput(const BuildRequest& request) {
  PlanInput input;
  input.build_args = request.build_args;
  input.labels = request.labels;
  input.target = request.target;
  input.platforms = request.platforms;
  input.build_platform = oci::Platform::Host();
  if (input.platforms.empty()) input.platforms.push_back(input.build_platform);
  input.named_contexts = NamesOf(request);
  input.network = request.steps.network;
  input.allow_host_network = request.steps.entitlements.network_host;
  input.allow_insecure = request.steps.entitlements.security_insecure;
  input.source_date_epoch = request.source_date_epoch;
  return input;
}

parser::LintContext MakeLintContext(const BuildRequest& request, KnownImageConfig known) {
  parser::LintContext context;
  context.build_platform = oci::Platform::Host().ToString();
  context.target_platform =
      request.platforms.empty() ? context.build_platform : request.platforms.front().ToString();
  context.target = request.target;
  context.build_args.insert(request.build_args.begin(), request.build_args.end());
  context.base_image = [known = std::move(known)](const std::string& image,
                                                  const std::string& platform) {
    return FactsOf(known, image, platform);
  };
  return context;
}

}  // namespace ibuild::builder
