// Base images and platforms.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "parser/check/lint_rules.h"
#include "support/text.h"

namespace ibuild::parser {
namespace {

bool IsLowerAlnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool IsPathComponent(std::string_view text) {
  const auto is_inner = [](char c) { return IsLowerAlnum(c) || c == '.' || c == '_' || c == '-'; };
  return !text.empty() && IsLowerAlnum(text.front()) && IsLowerAlnum(text.back()) &&
         std::ranges::all_of(text, is_inner);
}

// "debian:12" to "debian" and "12"; a colon before the last slash belongs to a port.
struct SplitImage {
  std::string_view name;
  std::string_view tag;
  std::string_view digest;
};
SplitImage SplitReference(std::string_view image) {
  SplitImage split;
  const std::size_t at = image.find('@');
  if (at != std::string_view::npos) split.digest = image.substr(at + 1);
  split.name = image.substr(0, at);
  const std::size_t slash = split.name.rfind('/');
  const std::size_t colon = split.name.rfind(':');
  if (colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash)) {
    split.tag = split.name.substr(colon + 1);
    split.name = split.name.substr(0, colon);
  }
  return split;
}

// Far enough to say "this can never be an image"; the registry room parses references for real.
bool MayBeReference(std::string_view image) {
  const SplitImage split = SplitReference(image);
  if (image.empty() || image.back() == ':' || image.back() == '@') return false;
  std::vector<std::string_view> parts = Split(split.name, '/');
  const bool has_host = parts.size() > 1 && (parts[0].find_first_of(".:") != std::string::npos ||
                                             parts[0] == "localhost");
  if (has_host) parts.erase(parts.begin());
  return std::ranges::all_of(parts, IsPathComponent);
}

bool IsImage(const EvaluatedStage& stage) {
  return !stage.parent && !stage.base.empty() && stage.base != "scratch";
}

}  // namespace

void CheckUndefinedArgInFrom(const LintInput& input, Findings& findings) {
  for (const UndefinedUse& use : input.evaluation.undefined_in_from) {
    std::string message = fmt::format("FROM argument '{}' is not declared", use.name);
    if (!use.suggestion.empty()) message += fmt::format(" (did you mean {}?)", use.suggestion);
    findings.Report(*use.source, use.range, message,
                    fmt::format("put ARG {} before the first FROM", use.name));
  }
}

void CheckInvalidDefaultArgInFrom(const LintInput& input, Findings& findings) {
  LintContext defaults = input.context;
  defaults.build_args.clear();
  defaults.base_image = nullptr;
  const Evaluation evaluation = Evaluate(input.dockerfile, defaults);
  for (const EvaluatedStage& stage : evaluation.stages) {
    const Word& image = stage.stage->from.image;
    if (image.text.find('$') == std::string::npos || MayBeReference(stage.base)) continue;
    findings.Report(
        stage.stage->source, image.range,
        fmt::format("Default value for ARG {} results in empty or invalid base image name",
                    image.text),
        "give the ARG a default that is an image");
  }
}

void CheckInvalidBaseImagePlatform(const LintInput& input, Findings& findings) {
  // The variant does not count: linux/arm/v6 on linux/arm/v7 is what many images are.
  const auto os_and_architecture = [](std::string_view platform) {
    const std::size_t first = platform.find('/');
    const std::size_t second =
        first == std::string_view::npos ? first : platform.find('/', first + 1);
    return platform.substr(0, second);
  };
  for (const EvaluatedStage& stage : input.evaluation.stages) {
    if (!IsImage(stage) || !stage.facts || stage.facts->platform.empty()) continue;
    const std::string& expected =
        stage.platform.empty() ? input.context.target_platform : stage.platform;
    const std::string& actual = stage.facts->platform;
    if (os_and_architecture(actual) == os_and_architecture(expected)) continue;
    findings.Report(
        stage.stage->source, stage.stage->from.image.range,
        fmt::format("Base image {} was pulled with platform {}, expected {} for current build",
                    stage.base, Quote(actual), Quote(expected)));
  }
}

void CheckRedundantTargetPlatform(const LintInput& input, Findings& findings) {
  for (const Stage& stage : input.dockerfile.stages) {
    const auto& platform = stage.from.platform;
    if (!platform) continue;
    if (platform->text != "$TARGETPLATFORM" && platform->text != "${TARGETPLATFORM}") continue;
    findings.Report(
        stage.source, platform->range,
        fmt::format("Setting platform to predefined {} in FROM is redundant as this is the "
                    "default behavior",
                    platform->text),
        "remove the flag");
  }
}

void CheckFromPlatformFlagConstDisallowed(const LintInput& input, Findings& findings) {
  for (const Stage& stage : input.dockerfile.stages) {
    const auto& platform = stage.from.platform;
    if (!platform || platform->text.find('$') != std::string::npos) continue;
    const std::vector<std::string_view> parts = Split(platform->text, '/');
    const bool named_for_it = std::any_of(
        parts.begin(), parts.begin() + std::min<std::ptrdiff_t>(2, std::ssize(parts)),
        [&](std::string_view part) { return stage.name.find(part) != std::string::npos; });
    if (parts.size() < 2 || named_for_it) continue;
    findings.Report(
        stage.source, platform->range,
        fmt::format("FROM --platform flag should not use constant value {}", Quote(platform->text)),
        "use --platform=$BUILDPLATFORM, or leave it to the build's --platform");
  }
}

void CheckLatestTag(const LintInput& input, Findings& findings) {
  for (const EvaluatedStage& stage : input.evaluation.stages) {
    const SplitImage image = SplitReference(stage.base);
    if (!IsImage(stage) || !image.digest.empty()) continue;
    if (!image.tag.empty() && image.tag != "latest") continue;
    findings.Report(stage.stage->source, stage.stage->from.image.range,
                    fmt::format("Base image {} is taken from the moving tag latest", image.name),
                    fmt::format("name a version, as in {}:1.2", image.name));
  }
}

void CheckUnpinnedBaseImage(const LintInput& input, Findings& findings) {
  if (!input.context.reproducible) return;
  for (const EvaluatedStage& stage : input.evaluation.stages) {
    if (!IsImage(stage) || !SplitReference(stage.base).digest.empty()) continue;
    findings.Report(stage.stage->source, stage.stage->from.image.range,
                    fmt::format("Base image {} is not pinned by digest", stage.base),
                    fmt::format("write {}@sha256:…", stage.base));
  }
}

}  // namespace ibuild::parser
