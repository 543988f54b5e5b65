// A piece of an instruction as the user wrote it, with the place it came from.
//
// Text that the language expands later (Dockerfile reference, "Environment replacement") is kept
// raw: quotes, escapes and $variables are still in it. Whoever acts on it calls ExpandWord first.
#pragma once

#include <string>

#include "support/source_text.h"

namespace ibuild::parser {

struct Word {
  std::string text;
  SourceRange range;
};

}  // namespace ibuild::parser
