#include "parser/syntax/dump.h"

#include <fmt/format.h>

#include <chrono>

#include "support/text.h"

namespace ibuild::parser {
namespace {

// Builds "KEYWORD key=value key=value"; one overload of operator() per instruction.
class BodyDumper {
 public:
  std::string text() && { return std::move(text_); }

  void operator()(const From& from) {
    Add("image", from.image);
    Add("platform", from.platform);
    Add("stage", from.stage);
  }
  void operator()(const Arg& arg) {
    for (const ArgDeclaration& declaration : arg.declarations) {
      text_ += " " + declaration.name.text;
      if (declaration.default_value) text_ += "=" + Quote(declaration.default_value->text);
    }
  }
  void operator()(const Env& env) { AddPairs(env.pairs, env.legacy_form); }
  void operator()(const Label& label) { AddPairs(label.pairs, label.legacy_form); }
  void operator()(const Run& run) {
    for (const Word& mount : run.mounts) Add("mount", mount);
    if (run.network) Add("network", NetworkName(*run.network));
    if (run.security) Add("security", Quote(SecurityName(*run.security)));
    for (const DeviceRequest& device : run.devices) {
      Add("device", Quote(device.name + (device.required ? ",required" : "")));
    }
    AddFlag("script", run.script);
    AddFlag("interpreted", run.interpreted);
    AddCommand(run.command);
    AddHeredocs(run.heredocs);
  }
  void operator()(const Cmd& cmd) { AddCommand(cmd.command); }
  void operator()(const Entrypoint& entrypoint) { AddCommand(entrypoint.command); }
  void operator()(const Copy& copy) {
    Add("from", copy.from);
    AddFiles(copy.files);
  }
  void operator()(const parser::Add& add) {
    Add("checksum", add.checksum);
    if (add.keep_git_dir) Add("keep-git-dir", fmt::format("{}", *add.keep_git_dir));
    if (add.unpack) Add("unpack", fmt::format("{}", *add.unpack));
    AddFiles(add.files);
  }
  void operator()(const Workdir& workdir) { Add("path", workdir.path); }
  void operator()(const User& user) { Add("user", user.user); }
  void operator()(const Expose& expose) { AddWords("ports", expose.ports); }
  void operator()(const Volume& volume) { AddWords("paths", volume.paths); }
  void operator()(const Healthcheck& check) {
    AddFlag("none", check.none);
    AddDuration("interval", check.interval);
    AddDuration("timeout", check.timeout);
    AddDuration("start-period", check.start_period);
    AddDuration("start-interval", check.start_interval);
    if (check.retries) Add("retries", fmt::format("{}", *check.retries));
    if (!check.none) AddCommand(check.command);
  }
  void operator()(const StopSignal& stop) { Add("signal", stop.signal); }
  void operator()(const Shell& shell) { AddStrings("exec", shell.argv); }
  void operator()(const OnBuild& onbuild) { Add("trigger", Quote(onbuild.trigger)); }
  void operator()(const Maintainer& maintainer) { Add("author", Quote(maintainer.author)); }

 private:
  static std::string NetworkName(NetworkMode mode) {
    if (mode == NetworkMode::kNone) return Quote("none");
    return Quote(mode == NetworkMode::kHost ? "host" : "default");
  }
  static std::string SecurityName(SecurityMode mode) {
    return mode == SecurityMode::kInsecure ? "insecure" : "sandbox";
  }

  void Add(std::string_view key, const std::string& value) {
    text_ += fmt::format(" {}={}", key, value);
  }
  void Add(std::string_view key, const Word& word) { Add(key, Quote(word.text)); }
  void Add(std::string_view key, const std::optional<Word>& word) {
    if (word) Add(key, *word);
  }
  void AddFlag(std::string_view name, bool value) {
    if (value) text_ += fmt::format(" {}", name);
  }
  void AddDuration(std::string_view key, const std::optional<std::chrono::nanoseconds>& duration) {
    if (duration) Add(key, fmt::format("{}ns", duration->count()));
  }
  void AddStrings(std::string_view key, const std::vector<std::string>& strings) {
    std::vector<std::string> quoted;
    quoted.reserve(strings.size());
    for (const std::string& string : strings) quoted.push_back(Quote(string));
    Add(key, "[" + Join(quoted, ", ") + "]");
  }
  void AddWords(std::string_view key, const std::vector<Word>& words) {
    std::vector<std::string> strings;
    strings.reserve(words.size());
    for (const Word& word : words) strings.push_back(word.text);
    AddStrings(key, strings);
  }
  void AddCommand(const ShellOrExec& command) {
    if (command.is_exec) {
      AddStrings("exec", command.argv);
    } else {
      Add("shell", Quote(command.text));
    }
  }
  void AddPairs(const std::vector<KeyValue>& pairs, bool legacy) {
    AddFlag("legacy", legacy);
    for (const KeyValue& pair : pairs) text_ += " " + pair.key.text + "=" + Quote(pair.value.text);
  }
  void AddFiles(const CopyFiles& files) {
    Add("chown", files.chown);
    Add("chmod", files.chmod);
    AddFlag("link", files.link);
    AddFlag("parents", files.parents);
    for (const Word& exclude : files.excludes) Add("exclude", exclude);
    AddFlag("json", files.json_form);
    AddWords("sources", files.sources);
    Add("destination", files.destination);
    AddHeredocs(files.heredocs);
  }
  void AddHeredocs(const std::vector<Heredoc>& heredocs) {
    for (const Heredoc& heredoc : heredocs) {
      text_ += fmt::format("\n    <<{} {}{}{}", Quote(heredoc.marker.name),
                           heredoc.marker.expand ? "expand " : "",
                           heredoc.marker.strip_tabs ? "strip-tabs " : "", Quote(heredoc.body));
    }
  }

  std::string text_;
};

std::string DumpLine(const InstructionSource& source, std::string_view keyword, std::string body) {
  const SourceRange& range = source.range;
  return fmt::format("{}-{} {}{}\n", range.begin.line, range.end.line, keyword, body);
}

template <typename Body>
std::string DumpBody(const Body& body) {
  BodyDumper dumper;
  dumper(body);
  return std::move(dumper).text();
}

void AppendArgs(std::string_view where, const Arg& arg, std::string& text) {
  for (const ArgDeclaration& declaration : arg.declarations) {
    text += fmt::format("{} {}", where, declaration.name.text);
    if (declaration.default_value) text += "=" + Quote(declaration.default_value->text);
    text += '\n';
  }
}

std::string StageLabel(const Stage& stage, std::size_t index) {
  return stage.name.empty() ? fmt::format("stage-{}", index) : stage.name;
}

}  // namespace

std::string DumpInstruction(const Instruction& instruction) {
  return DumpLine(instruction.source, KeywordOf(instruction.body),
                  std::visit([](const auto& body) { return DumpBody(body); }, instruction.body));
}

std::string DumpAst(const Dockerfile& dockerfile) {
  std::string text;
  if (dockerfile.directives.escape != '\\') {
    text += fmt::format("# escape={}\n", dockerfile.directives.escape);
  }
  if (!dockerfile.directives.syntax.empty()) {
    text += fmt::format("# syntax={}\n", dockerfile.directives.syntax);
  }
  for (const GlobalArg& arg : dockerfile.global_args) {
    text += DumpLine(arg.source, "ARG", DumpBody(arg.arg));
  }
  for (const Stage& stage : dockerfile.stages) {
    text += DumpLine(stage.source, "FROM", DumpBody(stage.from));
    for (const Instruction& instruction : stage.instructions) text += DumpInstruction(instruction);
  }
  return text;
}

std::string DumpStages(const Dockerfile& dockerfile) {
  std::string text;
  for (std::size_t i = 0; i < dockerfile.stages.size(); ++i) {
    const Stage& stage = dockerfile.stages[i];
    text += fmt::format("{} {} from {}", i, StageLabel(stage, i), stage.from.image.text);
    if (stage.from.platform) text += " for " + stage.from.platform->text;
    text += fmt::format(", {} instructions\n", stage.instructions.size());
  }
  return text;
}

std::string DumpArgs(const Dockerfile& dockerfile) {
  std::string text;
  for (const GlobalArg& arg : dockerfile.global_args) AppendArgs("global", arg.arg, text);
  for (std::size_t i = 0; i < dockerfile.stages.size(); ++i) {
    const Stage& stage = dockerfile.stages[i];
    for (const Instruction& instruction : stage.instructions) {
      const Arg* arg = std::get_if<Arg>(&instruction.body);
      if (arg != nullptr) AppendArgs(StageLabel(stage, i), *arg, text);
    }
  }
  return text;
}

}  // namespace ibuild::parser
