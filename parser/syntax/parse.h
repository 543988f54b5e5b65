// Text in, a Dockerfile and diagnostics out. The front door of this room.
//
//   SourceText -> ParserDirectives -> LogicalLine[] -> Instruction[] -> Dockerfile
//
// ParseDockerfile never throws for what the user wrote: every independent fault of the file is
// collected, in Docker's wording, so that all can be shown at once. A Dockerfile that comes with
// an error holds whatever could be read and must not be built.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parser/syntax/diagnostic.h"
#include "parser/syntax/stage.h"
#include "support/error.h"
#include "support/source_text.h"

namespace ibuild::parser {

// Build arguments that take the place of a directive in the file.
struct ParseOptions {
  std::optional<std::string> syntax;  // BUILDKIT_SYNTAX
  std::optional<std::string> check;   // BUILDKIT_DOCKERFILE_CHECK
};

struct ParseResult {
  Dockerfile dockerfile;
  std::vector<Diagnostic> diagnostics;  // by position; errors, and NoEmptyContinuation warnings
};

ParseResult ParseDockerfile(const SourceText& source, const ParseOptions& options = {});

// One Error(kInvalidInput) for all errors of the result, with an excerpt for each (kUnsupported for
// a file in the language of another front end); returns when there is none.
void ThrowIfErrors(const ParseResult& result, const SourceText& source);

// One instruction from the text of an ONBUILD trigger. Throws Error(kInvalidInput); the excerpt
// shows the trigger itself.
Instruction ParseTrigger(std::string_view trigger);

}  // namespace ibuild::parser
