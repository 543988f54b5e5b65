#include "builder/plan/epoch.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "builder/plan/located.h"
#include "builder/plan/remote_source.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

constexpr std::string_view kMainContext = "context";

[[noreturn]] void ThrowBadStage(std::string why) {
  throw Error(ErrorKind::kInvalidInput, "SOURCE_DATE_EPOCH stage must " + std::move(why))
      .WithHint(
          "a stage lends its time when it is FROM scratch with one ADD of a URL or repository");
}

EpochSource SourceOf(const parser::Add& add, const StageScope& scope) {
  if (!add.files.heredocs.empty() || add.files.sources.size() != 1) {
    ThrowBadStage("contain exactly one remote ADD source");
  }
  const std::string address = scope.Expand(add.files.sources.front());
  std::optional<std::string> checksum;
  if (add.checksum) checksum = scope.Expand(*add.checksum);
  if (checksum && checksum->empty()) checksum.reset();
  if (auto git = ReadGitSource(address, checksum, add.keep_git_dir)) return *std::move(git);
  if (IsUrl(address)) return ReadUrlSource(address, checksum);
  ThrowBadStage("take its file from a URL or a repository");
}

EpochSource SourceOf(const parser::Stage& stage, const GlobalScope& global) {
  if (global.Expand(stage.from.image) != "scratch") ThrowBadStage("use FROM scratch");
  StageScope scope(global);
  std::optional<EpochSource> found;
  for (const parser::Instruction& instruction : stage.instructions) {
    if (const auto* arg = std::get_if<parser::Arg>(&instruction.body)) {
      for (const auto& declaration : arg->declarations) scope.DeclareArg(declaration);
      continue;
    }
    const auto* add = std::get_if<parser::Add>(&instruction.body);
    if (add == nullptr || found) ThrowBadStage("contain exactly one remote ADD");
    found = SourceOf(*add, scope);
  }
  if (!found) ThrowBadStage("contain exactly one remote ADD");
  return *std::move(found);
}

}  // namespace

std::string EpochText(const BuildArgs& build_args, const GlobalScope& scope) {
  if (build_args.contains(std::string(kSourceDateEpochArg))) {
    return ControlText(build_args, kSourceDateEpochArg);
  }
  return std::string(scope.Find(kSourceDateEpochArg).value_or(""));
}

std::optional<std::int64_t> ParseEpoch(std::string_view text) {
  const auto seconds = ParseUnsigned(text);
  if (!seconds || *seconds > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(*seconds);
}

EpochSource FindEpochSource(const std::string& text, const parser::Dockerfile& dockerfile,
                            const SourceText& source, const NamedContexts& contexts,
                            const GlobalScope& scope) {
  if (text == kMainContext) return ContextTime{};
  for (const auto& [name, context] : contexts) {
    if (NormalizedContextName(name) == NormalizedContextName(text)) return ContextTime{name};
  }
  const auto stage = std::ranges::find_if(dockerfile.stages, [&](const parser::Stage& it) {
    return EqualsIgnoringCase(it.name, text);
  });
  if (stage == dockerfile.stages.end()) {
    throw Error(ErrorKind::kInvalidInput, fmt::format("invalid SOURCE_DATE_EPOCH: {}", text))
        .WithHint("give seconds since 1970, `context`, or the name of a context or stage");
  }
  return Located(source, stage->source.range, [&] { return SourceOf(*stage, scope); });
}

}  // namespace ibuild::builder
