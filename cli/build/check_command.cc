#include "cli/build/check_command.h"

#include <algorithm>

#include "cli/exit_code.h"
#include "cli/local_images.h"
#include "cli/render/error_report.h"
#include "cli/render/output.h"
#include "parser/lint.h"
#include "parser/outline.h"
#include "parser/parse.h"
#include "parser/render_check.h"
#include "support/files.h"

namespace ibuild::cli {
namespace {

// What the store knows about a base image; nothing when it is not here, or not readable.
std::optional<parser::BaseImageFacts> LookUpBase(Wiring& wiring, const std::string& image,
                                                 const std::string& platform) {
  try {
    const LocalImage found =
        FindImage(wiring.store(), image,
                  platform.empty() ? oci::Platform::Host() : oci::Platform::Parse(platform));
    return parser::BaseImageFacts{.env = found.config.config.env,
                                  .has_shell = !found.config.config.shell.empty(),
                                  .platform = found.config.platform.ToString()};
  } catch (const Error&) {
    return std::nullopt;  // a check is silent about what it cannot know
  }
}

std::optional<parser::IgnoreFile> ReadIgnoreFile(const builder::ContextSource& context) {
  if (context.ignore_file_text) return parser::IgnoreFile::Parse(*context.ignore_file_text);
  if (!context.apply_ignore_file || context.directory.empty()) return std::nullopt;
  const auto text = ReadFileIfExists(context.directory / ".dockerignore");
  if (!text) return std::nullopt;
  return parser::IgnoreFile::Parse(*text);
}

parser::LintContext MakeLintContext(Wiring& wiring, const BuildOptions& options) {
  parser::LintContext context;
  const builder::BuildRequest& request = options.request;
  context.build_platform = oci::Platform::Host().ToString();
  context.target_platform =
      request.platforms.empty() ? context.build_platform : request.platforms.front().ToString();
  context.target = request.target;
  context.build_args.insert(request.build_args.begin(), request.build_args.end());
  context.reproducible = options.reproducible;
  std::error_code ignored;
  if (std::filesystem::exists(wiring.settings().root, ignored)) {  // a check makes no store
    context.base_image = [&wiring](const std::string& image, const std::string& platform) {
      return LookUpBase(wiring, image, platform);
    };
  }
  return context;
}

int AnswerCheck(const Palette& palette, const CallSpec& call, const parser::ParseResult& parsed,
                const parser::LintContext& context, const SourceText& source) {
  parser::CheckReport report{source, parsed.diagnostics};
  const bool readable = std::none_of(
      parsed.diagnostics.begin(), parsed.diagnostics.end(),
      [](const parser::Diagnostic& found) { return found.severity == parser::Severity::kError; });
  if (readable) {
    for (parser::Diagnostic& finding : parser::Lint(parsed.dockerfile, context)) {
      report.diagnostics.push_back(std::move(finding));
    }
    parser::SortByPosition(report.diagnostics);
  }
  const auto excerpt = [&](const Excerpt& piece) { return RenderExcerpt(piece, palette); };
  const std::string text = call.format == "json" ? parser::RenderCheckJson(report)
                           : call.format == "sarif"
                               ? parser::RenderCheckSarif(report, IBUILD_VERSION)
                               : parser::RenderCheckText(report, excerpt);
  WriteStandardOutput(text);
  return parser::CheckExitCode(report);
}

}  // namespace

int AnswerCall(Wiring& wiring, const BuildOptions& options) {
  const SourceText& source = options.request.dockerfile;
  const parser::ParseResult parsed = parser::ParseDockerfile(source);
  const auto ignore = ReadIgnoreFile(options.request.context);
  parser::LintContext context = MakeLintContext(wiring, options);
  if (ignore) context.ignore = &*ignore;
  const CallSpec& call = options.call;
  if (call.what == "check") {
    // Standard output, not the standard error that settings().color is about: no colour.
    return AnswerCheck(Palette(false), call, parsed, context, source);
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
