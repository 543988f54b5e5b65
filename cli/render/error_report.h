// The one place where an Error becomes text.
//
//   Dockerfile:3
//   --------------------
//      1 |     FROM debian:12
//      2 |     ENV A=1
//      3 | >>> RUNN false
//        |     ^^^^
//      4 |     RUN true
//   --------------------
//   error: building user/app: unknown instruction: RUNN
//   hint: did you mean RUN?
//
// The excerpt has the form that BuildKit prints. What came from outside cannot drive the terminal:
// control characters are shown as \xNN.
#pragma once

#include <string>

#include "cli/render/palette.h"
#include "support/error.h"
#include "support/source_text.h"

namespace ibuild::cli {

std::string RenderError(const Error& error, const Palette& palette);
std::string RenderExcerpt(const Excerpt& excerpt, const Palette& palette);

}  // namespace ibuild::cli
