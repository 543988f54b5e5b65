// Whose command line and output shapes are meant: decided by the name that the program was called
// by, read by commands where scripts read what they print.
#pragma once

namespace ibuild::cli {

enum class ToolKind {
  kIbuild,
  kDocker,
  kPodman,
  kBuildah,
  kKaniko,
  kSkopeo,
  kCrane,
  kRegctl,
  kOras
};

// podman and buildah keep short names as localhost/NAME and have other shapes of output.
constexpr bool IsContainersTool(ToolKind kind) {
  return kind == ToolKind::kPodman || kind == ToolKind::kBuildah;
}

}  // namespace ibuild::cli
