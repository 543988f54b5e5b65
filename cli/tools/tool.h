// Other tools' command lines as data.
//
// Called by the name of docker, podman, buildah, executor (kaniko), skopeo or crane, ibuild takes
// that tool's words and flags. A Tool says which word is which verb of ours, and what becomes of
// each flag that its documentation names; `ibuild help compatibility` and docs/compatibility.md are
// made of it. Under its own name ibuild knows Docker's words, too: people alias one to the other.
//
// To add a tool: a file beside docker.cc, a line in tool.cc, a value of ToolKind. What no verb of
// ours can be is a command of the tool's own (`Tool::commands`).
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "cli/tools/tool_kind.h"

namespace ibuild::cli {

enum class FlagFate {
  kDone,      // does what it does there
  kAlways,    // accepted: it is always so here
  kNoEffect,  // accepted with one note that nothing comes of it
  kRefused,   // an error that says why, and what to do
};

struct Flag {
  std::string_view names;  // "-t,--tag"
  std::string_view value;  // as OptionSpec::value
  FlagFate fate = FlagFate::kDone;
  // Done: the option of ours that is given the value ("--tag"), or what it is given with `*` for
  // the value ("--output=type=docker,dest=*"); empty: the option has the same name here.
  // Otherwise: why.
  std::string_view text;
  std::string_view hint;      // refused: what to do
  std::string_view harmless;  // values ("false|0") that are accepted silently whatever the fate
};

// For tables that read well.
constexpr Flag Same(std::string_view names, std::string_view value = "") {
  return {names, value, FlagFate::kDone, "", "", ""};
}
constexpr Flag As(std::string_view names, std::string_view value, std::string_view option) {
  return {names, value, FlagFate::kDone, option, "", ""};
}
constexpr Flag Always(std::string_view names, std::string_view value, std::string_view why) {
  return {names, value, FlagFate::kAlways, why, "", ""};
}
constexpr Flag NoEffect(std::string_view names, std::string_view value, std::string_view why,
                        std::string_view harmless = "") {
  return {names, value, FlagFate::kNoEffect, why, "", harmless};
}
constexpr Flag Refused(std::string_view names, std::string_view value, std::string_view why,
                       std::string_view hint, std::string_view harmless = "") {
  return {names, value, FlagFate::kRefused, why, hint, harmless};
}

struct Word {
  std::string_view words;  // "build", "image ls"
  std::string_view verb;   // the tool's own command, or a verb of ours: "images"
  std::span<const Flag> flags = {};
  std::string_view preset = {};  // options that the word implies: "--keep-cache --force"
};

// A word that the tool has, and ibuild has not: better told than taken for a misspelling.
struct Absent {
  std::string_view words;  // "buildx bake"
  std::string_view why;
  std::string_view hint;
};

struct Tool {
  ToolKind kind;
  std::string_view name;          // by which it is called: "executor"
  std::string_view title;         // as people know it: "kaniko"
  std::span<const Flag> globals;  // before the word
  std::span<const Word> words;
  std::span<const CommandEntry> commands = {};  // that only this tool has
  std::span<const Absent> absent = {};
  // A line without a word is this verb; empty: it is an error.
  std::string_view without_word = {};
};

std::span<const Tool* const> Tools();
// By the name of the program that was called ("/usr/bin/podman"); ibuild's own for any other.
const Tool& ToolCalled(std::string_view path);
const Tool& ToolOf(ToolKind kind);

// What a tool's word runs.
struct Verb {
  const CommandEntry* command = nullptr;
  const Word* word = nullptr;  // null: a verb of ours by its own name
  std::size_t length = 0;      // words of the command line that name it
};

// The longest match: of the tool's words, then of our verbs; nothing: `command` is null.
Verb FindVerb(const Tool& tool, std::span<const std::string> line);

// Throws kUnsupported, with what to do instead, for a line that begins with a word of the tool for
// which ibuild has nothing.
void RefuseAbsent(const Tool& tool, std::span<const std::string> line);

// A word, or several, that mean nothing by themselves but begin others: `network`, `buildx
// imagetools`.
struct WordGroup {
  std::size_t length = 0;  // words of the command line that name it; 0: it names none
  struct Member {
    std::string_view words;  // "network create"
    const CommandEntry* command = nullptr;
  };
  std::vector<Member> members = {};
};

// The longest group that the line begins with: of the tool's words and of our verbs.
WordGroup FindGroup(const Tool& tool, std::span<const std::string> line);

}  // namespace ibuild::cli
