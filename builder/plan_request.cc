#include "builder/plan_request.h"

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

}  // namespace ibuild::builder
