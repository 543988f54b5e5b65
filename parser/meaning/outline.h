// What can be built and what can be told to the build: the answers of `--call=targets` and
// `--call=outline`. Descriptions come from comments: `# NAME text` right above a FROM or an ARG.
#pragma once

#include <string>
#include <vector>

#include "parser/check/lint.h"
#include "parser/syntax/stage.h"
#include "support/source_text.h"

namespace ibuild::parser {

struct Target {
  std::string name;  // empty for a stage without one
  bool is_default = false;
  std::string description;
  std::string base;      // as written
  std::string platform;  // as written
  SourceRange range;
};
std::vector<Target> ListTargets(const Dockerfile& dockerfile);

struct OutlineArg {
  std::string name;
  std::string description;
  std::string value;  // the one that the build would use; may be empty
  SourceRange range;
};
struct OutlineMount {  // a secret or an SSH agent
  std::string name;
  bool required = false;
  SourceRange range;
};
struct Outline {
  std::string name;  // of the target; empty when it has none
  std::string description;
  std::vector<OutlineArg> args;  // by position; of the target and the stages that it needs
  std::vector<OutlineMount> secrets;
  std::vector<OutlineMount> ssh;
};
// `context.target` names the stage. Throws Error(kNotFound) `target stage "x" could not be found`.
Outline MakeOutline(const Dockerfile& dockerfile, const LintContext& context);

std::string RenderTargetsText(const std::vector<Target>& targets);
std::string RenderTargetsJson(const std::vector<Target>& targets, const SourceText& source);
std::string RenderOutlineText(const Outline& outline);
std::string RenderOutlineJson(const Outline& outline, const SourceText& source);

}  // namespace ibuild::parser
