#include "parser/syntax/diagnostic.h"

#include <algorithm>

namespace ibuild::parser {

void SortByPosition(std::vector<Diagnostic>& diagnostics) {
  std::ranges::stable_sort(diagnostics, [](const Diagnostic& a, const Diagnostic& b) {
    if (a.range.begin != b.range.begin) return a.range.begin < b.range.begin;
    return a.severity > b.severity;
  });
}

}  // namespace ibuild::parser
