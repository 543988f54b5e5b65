// Build checks: what is legal in a Dockerfile and still bites (Docker's build checks under their
// names, and some of our own).
//
// A rule is a record with a function over the whole file. Nothing here asks a network, a daemon or
// a disk: what a rule wants to know about a base image or the context comes in with LintContext,
// and a rule that is not told stays silent.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "parser/pattern/ignore_file.h"
#include "parser/syntax/diagnostic.h"
#include "parser/syntax/stage.h"

namespace ibuild::parser {

// What the rules want to know of an image that is already on this machine.
struct BaseImageFacts {
  std::vector<std::string> env;  // "NAME=value"
  bool has_shell = false;        // its config has a Shell
  std::string platform;          // "linux/amd64"; empty: not known
};

struct LintContext {
  std::string target_platform = "linux/amd64";
  std::string build_platform = "linux/amd64";
  std::string target;  // --target; empty: the last stage
  std::map<std::string, std::string, std::less<>> build_args;
  const IgnoreFile* ignore = nullptr;  // of the main context
  bool reproducible = false;           // --reproducible
  // Image (variables expanded) and platform to facts; nothing when the image is not here.
  std::function<std::optional<BaseImageFacts>(const std::string& image,
                                              const std::string& platform)>
      base_image;
};

struct LintInput;
class Findings;

struct LintRule {
  std::string_view name;
  std::string_view description;
  bool experimental;  // off unless `# check=experimental=` names it
  bool docker;        // one of Docker's
  void (*check)(const LintInput& input, Findings& findings);

  std::string Url() const;  // its page at docs.docker.com; may be empty
};

std::span<const LintRule> LintRules();

// Findings by position, and the errors of words that cannot be expanded. Rules that `# check=` or
// a comment above the instruction skips do not report.
std::vector<Diagnostic> Lint(const Dockerfile& dockerfile, const LintContext& context);

// Of a rule that Docker has, too; not an error, and none of our own rules.
bool IsWarningOfDockers(const Diagnostic& finding);

// Throws Error(kInvalidInput) `lint violation found for rules: A, B` when the file says
// `# check=error=true` and there are warnings of Docker's rules: a file that Docker builds must not
// fail here because of ours.
void ThrowIfCheckFails(const Dockerfile& dockerfile, const std::vector<Diagnostic>& findings,
                       const SourceText& source);

}  // namespace ibuild::parser
