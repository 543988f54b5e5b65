// What the parser and the lint rules have to say about a Dockerfile.
//
// An error makes the file unusable; a warning is a lint finding. `rule` is a stable name that can
// be searched for and, for warnings, skipped.
#pragma once

#include <string>
#include <vector>

#include "support/source_text.h"

namespace ibuild::parser {

enum class Severity { kWarning, kError };

struct Diagnostic {
  Severity severity = Severity::kError;
  std::string rule = {};     // "UndefinedVar"; errors: "UnknownInstruction", "UnknownFlag", …
  std::string message = {};  // one sentence in the words of the field, no full stop
  SourceRange range = {};    // the exact part that is meant
  SourceRange instruction =
      {};                 // all of the instruction it stands in; Docker's notion of the place
  std::string hint = {};  // what to do next; may be empty
  std::string description = {};  // of the rule; warnings only
  std::string url = {};          // of the rule's page; warnings only
};

// By position, errors before warnings at the same place; otherwise as they came.
void SortByPosition(std::vector<Diagnostic>& diagnostics);

}  // namespace ibuild::parser
