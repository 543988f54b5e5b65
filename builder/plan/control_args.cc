#include "builder/plan/control_args.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "support/bool_text.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

// The latter half is about caches, names of builds and bills of material; syntax and checks are
// read with the file.
constexpr std::array<std::string_view, 12> kKnown = {
    kCacheMountNamespaceArg, kDisableOnBuildArg,          kKeepGitDirArg,
    kMultiPlatformArg,       kSandboxHostnameArg,         kSourceDateEpochArg,
    "BUILDKIT_SYNTAX",       "BUILDKIT_DOCKERFILE_CHECK", "BUILDKIT_INLINE_CACHE",
    "BUILDKIT_BUILD_NAME",   "BUILDKIT_SBOM_SCAN_STAGE",  "BUILDKIT_SBOM_SCAN_CONTEXT"};

}  // namespace

bool IsControlArg(std::string_view name) { return std::ranges::find(kKnown, name) != kKnown.end(); }

std::string ControlText(const BuildArgs& build_args, std::string_view name) {
  const auto found = build_args.find(std::string(name));
  return found == build_args.end() ? std::string() : found->second;
}

bool ControlSwitch(const BuildArgs& build_args, std::string_view name) {
  const std::string text = ControlText(build_args, name);
  if (text.empty()) return false;
  const auto value = ParseBool(text);
  if (!value) {
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("invalid boolean value for {}: {}", name, Quote(text)));
  }
  return *value;
}

}  // namespace ibuild::builder
