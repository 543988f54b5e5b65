#include "containers/model/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "support/error.h"
#include "support/hex.h"
#include "support/text.h"

namespace ibuild::containers {
namespace {

constexpr std::array<std::string_view, 64> kAdjectives = {
    "amber",  "bold",   "brave",  "brisk",  "broad",  "calm",  "clear",  "clever",
    "cosy",   "crisp",  "curly",  "daring", "deep",   "dry",   "dusty",  "eager",
    "early",  "fair",   "fast",   "fine",   "firm",   "fond",  "fresh",  "gentle",
    "glad",   "golden", "grand",  "green",  "happy",  "hardy", "humble", "idle",
    "jolly",  "keen",   "kind",   "late",   "lively", "lucky", "mellow", "merry",
    "mild",   "misty",  "modest", "neat",   "nimble", "noble", "odd",    "plain",
    "polite", "proud",  "quiet",  "rapid",  "ready",  "round", "sharp",  "silent",
    "sleepy", "smooth", "steady", "sunny",  "swift",  "tidy",  "warm",   "wise"};

constexpr std::array<std::string_view, 64> kThings = {
    "acorn",  "anchor", "anvil",   "badger",  "barrel",  "basket", "beacon", "birch",
    "bridge", "brook",  "candle",  "canyon",  "castle",  "cedar",  "cliff",  "clover",
    "comet",  "copper", "cricket", "dune",    "ember",   "falcon", "fern",   "ferry",
    "forest", "fox",    "garden",  "glacier", "harbor",  "hazel",  "heron",  "island",
    "kettle", "lagoon", "lantern", "ledge",   "lemon",   "lynx",   "maple",  "marble",
    "meadow", "mill",   "moss",    "oak",     "orchard", "otter",  "owl",    "pebble",
    "pine",   "plum",   "quarry",  "raven",   "reef",    "river",  "sail",   "sparrow",
    "spruce", "stone",  "thistle", "tower",   "valley",  "violet", "willow", "wren"};

bool IsLetterOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

std::string MakeName(std::uint64_t chance, int attempt) {
  constexpr int kPlainAttempts = 3;
  std::string name = fmt::format("{}_{}", kAdjectives[chance % kAdjectives.size()],
                                 kThings[chance / kAdjectives.size() % kThings.size()]);
  if (attempt >= kPlainAttempts) name += std::to_string(chance >> 32 & 0xffff);
  return name;
}

std::string CheckName(std::string_view name, std::string_view what) {
  std::string_view bare = name;
  if (bare.starts_with('/')) bare.remove_prefix(1);
  const bool good = bare.size() >= 2 && bare.size() <= 200 && IsLetterOrDigit(bare[0]) &&
                    std::all_of(bare.begin(), bare.end(), [](char c) {
                      return IsLetterOrDigit(c) || c == '_' || c == '.' || c == '-';
                    });
  if (good) return std::string(bare);
  throw Error(ErrorKind::kUsage, fmt::format("Invalid {} name ({}), only [a-zA-Z0-9][a-zA-Z0-9_.-]"
                                             " are allowed",
                                             what, PrintableText(name)))
      .WithHint("a name has two characters at least");
}

bool MayBeId(std::string_view text) {
  return !text.empty() && text.size() <= 64 && IsLowerHex(text);
}

}  // namespace ibuild::containers
