// Parser directives: the `# name=value` lines at the very top of a Dockerfile (Dockerfile
// reference, "Parser directives"). They end at the first line of any other shape.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "support/source_text.h"

namespace ibuild::parser {

struct Diagnostic;

// What `# check=` (or the build argument BUILDKIT_DOCKERFILE_CHECK) asks of the lint rules.
struct CheckOptions {
  std::vector<std::string> skipped_rules;
  bool skip_all = false;
  bool error = false;  // a finding fails the build
  std::vector<std::string> experimental_rules;
  bool all_experimental = false;
};

struct ParserDirectives {
  char escape = '\\';
  std::string syntax;  // front-end image of `# syntax=`, arguments cut off; empty: none
  SourceRange syntax_range;
  CheckOptions check;
};

// Throws Error(kInvalidInput): `failed to parse check options: invalid check option "bogus"`.
CheckOptions ParseCheckOptions(std::string_view text);

// True for docker/dockerfile and docker/dockerfile-upstream under any tag or digest and on any
// registry (mirrors are common), and for dockerfile.v0: the language that this parser implements.
bool IsBuiltInSyntax(std::string_view image);

// The top of a file, read.
struct DirectiveZone {
  ParserDirectives directives;
  std::size_t bytes = 0;   // what follows the zone starts here,
  std::size_t lines = 0;   // after this many lines,
  std::size_t column = 0;  // and, without directives, behind a byte order mark
};

// Faults are appended to `diagnostics`.
DirectiveZone ReadDirectives(const SourceText& source, std::vector<Diagnostic>& diagnostics);

}  // namespace ibuild::parser
