// Errors about the user's text get an excerpt of the place they are about.
#pragma once

#include <utility>

#include "support/error.h"
#include "support/source_text.h"

namespace ibuild::builder {

// Runs work(); an Error that leaves it without an excerpt gets one of `range`.
template <typename Work>
decltype(auto) Located(const SourceText& source, const SourceRange& range, Work&& work) {
  try {
    return std::forward<Work>(work)();
  } catch (Error& error) {
    if (error.excerpts().empty()) error.AddExcerpt(MakeExcerpt(source, range));
    throw;
  }
}

}  // namespace ibuild::builder
