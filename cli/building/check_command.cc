#include "cli/building/check_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "builder/context/contexts.h"
#include "builder/plan/check_plan.h"
#include "builder/plan_request.h"
#include "cli/exit_code.h"
#include "cli/local_images.h"
#include "cli/render/error_report.h"
#include "cli/render/output.h"
#include "parser/check/lint.h"
#include "parser/check/render_check.h"
#include "parser/meaning/outline.h"
#include "parser/syntax/parse.h"

namespace ibuild::cli {
namespace {

// Configurations of base images that the store has, each read once.
class KnownImages {
 public:
  explicit KnownImages(Wiring& wiring) : wiring_(wiring) {
    std::error_code ignored;
    has_store_ = std::filesystem::exists(wiring.settings().root, ignored);  // a check makes none
  }

  // Null when it is not here, or not readable: missing() names it then.
  const oci::ImageConfig* Find(const oci::Reference& image, const oci::Platform& platform) {
    const auto [entry, is_new] = configs_.try_emplace({image.ToString(), platform.ToString()});
    if (!is_new) return entry->second ? &*entry->second : nullptr;
    entry->second = Read(image, platform);
    if (entry->second) return &*entry->second;
    missing_.insert(image.Familiar());
    return nullptr;
  }

  // What was asked for and is not here: what it says of users, ports and variables was not judged.
  const std::set<std::string>& missing() const { return missing_; }

 private:
  std::optional<oci::ImageConfig> Read(const oci::Reference& image,
                                       const oci::Platform& platform) const {
    if (!has_store_) return std::nullopt;
    try {
      return FindImage(wiring_, image.ToString(), platform).config;
    } catch (const Error&) {
      return std::nullopt;
    }
  }

  Wiring& wiring_;
  bool has_store_ = false;
  std::set<std::string> missing_;
  std::map<std::pair<std::string, std::string>, std::optional<oci::ImageConfig>> configs_;
};

bool HasErrors(const std::vector<parser::Diagnostic>& diagnostics) {
  return std::ranges::any_of(diagnostics, [](const parser::Diagnostic& found) {
    return found.severity == parser::Severity::kError;
  });
}

std::string ViolationOf(const parser::Dockerfile& dockerfile,
                        const std::vector<parser::Diagnostic>& findings, const SourceText& source) {
  try {
    parser::ThrowIfCheckFails(dockerfile, findings, source);
    return {};
  } catch (const Error& violation) {
    return violation.message();
  }
}

// What the rules find, then what planning would refuse.
void Check(const parser::ParseResult& parsed, const parser::LintContext& context,
           const builder::BuildRequest& request, const builder::KnownImageConfig& known,
           parser::CheckReport& report) {
  if (HasErrors(parsed.diagnostics)) return;
  std::vector<parser::Diagnostic> found = parser::Lint(parsed.dockerfile, context);
  const bool expands = !HasErrors(found);
  std::ranges::move(found, std::back_inserter(report.diagnostics));
  if (expands) {  // else the same words would be refused again
    std::ranges::move(builder::CheckPlan(parsed.dockerfile, report.source,
                                         builder::MakePlanInput(request), known),
                      std::back_inserter(report.diagnostics));
  }
  report.violation = ViolationOf(parsed.dockerfile, report.diagnostics, report.source);
  parser::SortByPosition(report.diagnostics);
}

int WriteReport(const CallSpec& call, const parser::CheckReport& report) {
  // Standard output, not the standard error that settings().color is about: no colour.
  const auto excerpt = [](const Excerpt& piece) { return RenderExcerpt(piece, Palette(false)); };
  const std::string text = call.format == "json" ? parser::RenderCheckJson(report)
                           : call.format == "sarif"
                               ? parser::RenderCheckSarif(report, IBUILD_VERSION)
                               : parser::RenderCheckText(report, excerpt);
  WriteStandardOutput(text);
  return parser::CheckExitCode(report);
}

void SayWhatWasNotJudged(Wiring& wiring, const std::set<std::string>& missing) {
  for (const std::string& name : missing) {
    wiring.reporter().Log(LogLevel::kWarning,
                          fmt::format("what {0} sets was not judged: its configuration is not in "
                                      "the store; `ibuild pull {0}` fetches it",
                                      name));
  }
}

}  // namespace

int AnswerCall(Wiring& wiring, const BuildOptions& options) {
  const SourceText& source = options.request.dockerfile;
  const parser::ParseResult parsed =
      parser::ParseDockerfile(source, builder::MakeParseOptions(options.request));
  const auto ignore = builder::IgnoreRulesOf(options.request.context);
  KnownImages images(wiring);
  const auto known = [&images](const oci::Reference& image, const oci::Platform& platform) {
    return images.Find(image, platform);
  };
  parser::LintContext context = builder::MakeLintContext(options.request, known);
  context.reproducible = options.reproducible;
  if (ignore) context.ignore = &*ignore;
  const CallSpec& call = options.call;
  if (call.what == "check") {
    parser::CheckReport report{source, parsed.diagnostics};
    Check(parsed, context, options.request, known, report);
    if (call.format == "text") SayWhatWasNotJudged(wiring, images.missing());
    return WriteReport(call, report);
  }
  parser::ThrowIfErrors(parsed, source);
  const bool json = call.format == "json";
  if (call.what == "targets") {
    const auto targets = parser::ListTargets(parsed.dockerfile);
    WriteStandardOutput(json ? parser::RenderTargetsJson(targets, source)
                             : parser::RenderTargetsText(targets));
  } else {
    const parser::Outline outline = parser::MakeOutline(parsed.dockerfile, context);
    WriteStandardOutput(json ? parser::RenderOutlineJson(outline, source)
                             : parser::RenderOutlineText(outline));
  }
  return kExitOk;
}

}  // namespace ibuild::cli
