// Build arguments that speak to the builder and need no ARG in the file (Dockerfile reference,
// "BuildKit built-in build args").
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace ibuild::builder {

inline constexpr std::string_view kCacheMountNamespaceArg = "BUILDKIT_CACHE_MOUNT_NS";
inline constexpr std::string_view kDisableOnBuildArg = "BUILDKIT_DISABLE_ONBUILD";
inline constexpr std::string_view kKeepGitDirArg = "BUILDKIT_CONTEXT_KEEP_GIT_DIR";
inline constexpr std::string_view kMultiPlatformArg = "BUILDKIT_MULTI_PLATFORM";
inline constexpr std::string_view kSandboxHostnameArg = "BUILDKIT_SANDBOX_HOSTNAME";
inline constexpr std::string_view kSourceDateEpochArg = "SOURCE_DATE_EPOCH";

using BuildArgs = std::map<std::string, std::string>;  // --build-arg

// Those that mean something here, and those that mean something elsewhere and change no image.
bool IsControlArg(std::string_view name);

std::string ControlText(const BuildArgs& build_args, std::string_view name);  // empty: not given
// False when not given or empty. Throws kInvalidInput for a value that is no truth value.
bool ControlSwitch(const BuildArgs& build_args, std::string_view name);

}  // namespace ibuild::builder
