// Cutting the text of an instruction into words. Words are views of the text, so that their places
// in the source stay known; quotes and escapes are still in them.
#pragma once

#include <string_view>
#include <vector>

namespace ibuild::parser {

// At runs of blanks, quotes or not: FROM, COPY, ADD, EXPOSE, VOLUME.
std::vector<std::string_view> SplitBlanks(std::string_view text);

// At white space outside of quotes, an escape character protecting what follows: ENV, LABEL, ARG.
// A quote may stay open to the end; a lone escape character at the end is dropped.
std::vector<std::string_view> SplitQuotedWords(std::string_view text, char escape);

}  // namespace ibuild::parser
