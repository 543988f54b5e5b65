// BuildLog: the builds that a store has seen: one line for each, the facts of what they were made
// of (shared by builds that are made of the same), and, where something ran, what and why.
//
//   builds/log                  one JSON object a line, the latest last
//   builds/<hex>.facts          BuildFacts, named by FactsName
//   builds/<id>.json            what ran, and why
//   builds/<id>.<step>.out      what it wrote
//
// Bounded: of the oldest only the newer half stays when there are too many. Advice like a cache
// record: what cannot be read is left out. A build that is wholly cached adds a line and no file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "builder/explain/build_facts.h"
#include "layers/store/store.h"
#include "support/clock.h"

namespace ibuild::builder {

struct BuildEntry {
  std::string id;
  UnixTime started;
  std::uint64_t milliseconds = 0;
  std::string context;     // its directory
  std::string dockerfile;  // its name
  std::string target;
  std::string facts;    // hexadecimal; empty: the build ended before there were any
  std::string outcome;  // "done", "failed"
  std::size_t steps = 0;
  std::size_t cached = 0;
};

// A step that ran.
struct RunEntry {
  std::size_t step = 0;
  std::string title;
  std::string outcome;           // "done", "failed", "found" by another build meanwhile
  std::vector<std::string> why;  // it did not come from the cache
  std::uint64_t milliseconds = 0;
};

class BuildLog {
 public:
  explicit BuildLog(const layers::Store& store) : directory_(store.layout().builds()) {}

  static std::string NewId(UnixTime started);
  // `ran`: empty for a build that was wholly cached.
  void Add(const BuildEntry& entry, const std::vector<RunEntry>& ran);
  // Returns the name that entries know them by.
  std::string Keep(const BuildFacts& facts);
  std::filesystem::path OutputFile(const std::string& id, std::size_t step) const;

  std::vector<BuildEntry> List() const;  // the latest first
  std::optional<BuildFacts> FactsOf(const BuildEntry& entry) const;
  std::vector<RunEntry> RunsOf(const BuildEntry& entry) const;
  // "" is the latest; else an id or the beginning of one. Throws kNotFound.
  BuildEntry Find(std::string_view id) const;

 private:
  std::filesystem::path log() const { return directory_ / "log"; }
  void Shorten();

  std::filesystem::path directory_;
};

}  // namespace ibuild::builder
