// The instructions of a Dockerfile as typed values (Dockerfile reference).
//
// One small struct per instruction and a variant over them. A `Word` is text whose variables are
// expanded later (expand.h); a std::string is final. What a command means to the shell is never
// looked into. Values are checked as far as the text alone allows: a mode of --network is known to
// be one of three, a user name is whatever was written.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "parser/syntax/heredoc.h"
#include "parser/syntax/word.h"
#include "support/source_text.h"

namespace ibuild::parser {

// `CMD a b` (shell form: text for the shell in force) or `CMD ["a", "b"]` (exec form: argv as is).
struct ShellOrExec {
  bool is_exec = false;
  std::vector<std::string> argv;  // exec form only; may be empty (`CMD []`)
  std::string text;               // shell form only
};

struct KeyValue {
  Word key;
  Word value;
};

struct From {
  Word image;                    // image, earlier stage or "scratch"; global ARGs expand
  std::optional<Word> platform;  // --platform; global ARGs expand
  std::optional<Word> stage;     // the word after AS, as written
  std::optional<Word> as;        // the word AS itself, for the casing rule
};

struct ArgDeclaration {
  Word name;
  std::optional<Word> default_value;
};
struct Arg {
  std::vector<ArgDeclaration> declarations;
};

struct Env {
  std::vector<KeyValue> pairs;  // keys expand too
  bool legacy_form = false;     // `ENV key the rest`
};
struct Label {
  std::vector<KeyValue> pairs;
  bool legacy_form = false;
};

enum class NetworkMode { kDefault, kNone, kHost };
enum class SecurityMode { kSandbox, kInsecure };
struct DeviceRequest {
  std::string name;  // CDI name or class
  bool required = false;
};
struct Run {
  // Shell form with here-documents: text is the command line, their bodies and terminators; but
  // when the command is one here-document alone (`script`), text is just its body.
  ShellOrExec command;
  std::vector<Heredoc> heredocs;
  bool script = false;       // RUN <<EOF: the body is the command
  bool interpreted = false;  // script that starts with #!: a file to execute, not text for SHELL
  std::vector<Word> mounts;  // --mount values, for ParseRunMount (run_mount.h)
  std::optional<NetworkMode> network;
  std::optional<SecurityMode> security;
  std::vector<DeviceRequest> devices;
};

struct Cmd {
  ShellOrExec command;
};
struct Entrypoint {
  ShellOrExec command;
};

// What COPY and ADD have in common.
struct CopyFiles {
  std::vector<Word> sources;      // paths, wildcards; for ADD also URLs
  std::vector<Heredoc> heredocs;  // sources written in place, each a file named by its delimiter
  Word destination;
  bool json_form = false;
  std::optional<Word> chown;
  std::optional<Word> chmod;
  bool link = false;
  bool parents = false;
  std::vector<Word> excludes;  // --exclude patterns, final: no expansion
};
struct Copy {
  CopyFiles files;
  std::optional<Word> from;  // stage, index, image or context; final: no expansion
};
struct Add {
  CopyFiles files;
  std::optional<Word> checksum;
  std::optional<bool> keep_git_dir;
  std::optional<bool> unpack;
};

struct Workdir {
  Word path;
};
struct User {
  Word user;
};
struct Expose {
  std::vector<Word> ports;  // each may expand to several ports (ExpandWords)
};
struct Volume {
  std::vector<Word> paths;
};
struct StopSignal {
  Word signal;
};
struct Shell {
  std::vector<std::string> argv;  // never empty
};
struct Maintainer {
  std::string author;
};

struct Healthcheck {
  bool none = false;  // HEALTHCHECK NONE; the rest is then empty
  ShellOrExec command;
  std::optional<std::chrono::nanoseconds> interval;  // unset and 0 are the same: not given
  std::optional<std::chrono::nanoseconds> timeout;
  std::optional<std::chrono::nanoseconds> start_period;
  std::optional<std::chrono::nanoseconds> start_interval;
  std::optional<std::uint32_t> retries;
};

// The rest of the line, unread: ParseTrigger (parse.h) reads it when a child is built.
struct OnBuild {
  std::string trigger;  // with the bodies of its here-documents
};

using InstructionBody =
    std::variant<From, Arg, Env, Label, Run, Cmd, Entrypoint, Copy, Add, Workdir, User, Expose,
                 Volume, Healthcheck, StopSignal, Shell, OnBuild, Maintainer>;

// Where an instruction stands and how it was written.
struct InstructionSource {
  SourceRange range;  // keyword to the last byte, here-documents included
  SourceRange keyword_range;
  std::string keyword;                // as written: "Run"
  std::string text;                   // the whole logical line, continuations joined: "Run  echo a"
  std::vector<std::string> comments;  // the comment block right above, without "# "
  std::vector<std::string> skipped_rules;  // from "# check=skip=…" in that block; "all" for all
  bool blank_continuation = false;         // blank lines stand between its continued lines
  std::size_t continuation_end = 1;        // last line of the instruction proper, without heredocs
};

struct Instruction {
  InstructionBody body;
  InstructionSource source;
};

// "RUN", "COPY", …: the keyword of the alternative that `body` holds.
std::string_view KeywordOf(const InstructionBody& body);

// All keywords, upper case, in the order of the variant's alternatives.
const std::vector<std::string>& AllKeywords();

}  // namespace ibuild::parser
