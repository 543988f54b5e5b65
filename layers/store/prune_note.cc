#include "layers/store/prune_note.h"

#include "support/files.h"

namespace ibuild::layers {
namespace {

constexpr std::size_t kLongestNote = 4096;

}  // namespace

void NotePrune(const Store& store, const PruneNote& note) {
  MakeDirectories(store.layout().builds(), 0700);
  WriteFileAtomically(store.layout().prune_note(), FormatRfc3339(note.time) + " " + note.rule,
                      0600);
}

std::optional<PruneNote> LastPrune(const Store& store) {
  const auto text = ReadFileIfExists(store.layout().prune_note(), kLongestNote);
  if (!text) return std::nullopt;
  const std::size_t blank = text->find(' ');
  const auto time = ParseRfc3339(text->substr(0, blank));
  if (blank == std::string::npos || !time) return std::nullopt;
  return PruneNote{.time = *time, .rule = text->substr(blank + 1)};
}

}  // namespace ibuild::layers
