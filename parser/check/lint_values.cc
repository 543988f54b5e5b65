// Variables, paths, ports, and how containers start.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "parser/check/lint_rules.h"
#include "support/text.h"

namespace ibuild::parser {
namespace {

template <std::size_t N>
bool HasPart(std::string_view name, const std::array<std::string_view, N>& words) {
  for (const std::string_view part : Split(name, '_')) {
    for (const std::string_view word : words) {
      if (EqualsIgnoringCase(part, word)) return true;
    }
  }
  return false;
}

// "80/tcp", "1.2.3.4:80:80", "[::1]:80:80/udp": what stands before the container's port.
std::string_view HostPart(std::string_view port) {
  const std::size_t colon = port.rfind(':');
  return colon == std::string_view::npos ? std::string_view() : port.substr(0, colon);
}

void ForEachPort(const LintInput& input,
                 const std::function<void(const Word&, const InstructionSource&)>& visit) {
  for (const EvaluatedStage& stage : input.evaluation.stages) {
    for (const EvaluatedInstruction& evaluated : stage.instructions) {
      if (!std::holds_alternative<Expose>(evaluated.instruction->body)) continue;
      for (const Word& port : evaluated.words) visit(port, evaluated.instruction->source);
    }
  }
}

bool IsRemote(std::string_view source) {
  for (const std::string_view scheme : {"http://", "https://", "git://", "ssh://", "git@"}) {
    if (source.starts_with(scheme)) return true;
  }
  return false;
}

// As COPY cleans a source: "./a//b/" is "a/b", and what climbs stays at the root.
std::string CleanSource(std::string_view source) {
  std::vector<std::string> kept;
  for (const std::string_view element : Split(source, '/')) {
    if (element.empty() || element == ".") continue;
    if (element != "..") {
      kept.emplace_back(element);
    } else if (!kept.empty()) {
      kept.pop_back();
    }
  }
  return Join(kept, "/");
}

// The whole context is excluded only by a pattern that says so.
bool ExcludesRoot(const IgnoreFile& ignore) {
  return std::ranges::any_of(ignore.rules(), [](const IgnoreRule& rule) {
    return rule.pattern == "*" || rule.pattern == "**" || rule.pattern == "**/*";
  });
}

void CheckIgnoredSources(const EvaluatedInstruction& evaluated, const IgnoreFile& ignore,
                         Findings& findings) {
  const InstructionBody& body = evaluated.instruction->body;
  const bool is_add = std::holds_alternative<Add>(body);
  const auto* copy = std::get_if<Copy>(&body);
  if (!is_add && (copy == nullptr || copy->from)) return;
  for (const Word& word : evaluated.words) {
    if (is_add && IsRemote(word.text)) continue;
    const std::string source = CleanSource(word.text);
    if (source.empty() ? !ExcludesRoot(ignore) : !ignore.Excluded(source)) continue;
    findings.Report(evaluated.instruction->source, word.range,
                    fmt::format("Attempting to {} file {} that is excluded by .dockerignore",
                                is_add ? "Add" : "Copy", Quote(source.empty() ? "." : source)),
                    "re-include it in .dockerignore with a line that starts with !");
  }
}

// Instructions of which only the last in a stage counts.
template <typename Body>
void CheckOnlyLast(const LintInput& input, std::string_view name, Findings& findings) {
  for (const Stage& stage : input.dockerfile.stages) {
    const InstructionSource* earlier = nullptr;
    for (const Instruction& instruction : stage.instructions) {
      if (!std::holds_alternative<Body>(instruction.body)) continue;
      if (earlier != nullptr) {
        findings.Report(*earlier, earlier->range,
                        fmt::format("Multiple {} instructions should not be used in the same stage "
                                    "because only the last one will be used",
                                    name),
                        fmt::format("line {} takes its place; remove this one",
                                    instruction.source.range.begin.line));
      }
      earlier = &instruction.source;
    }
  }
}

}  // namespace

bool IsSecretName(std::string_view name) {
  constexpr std::array<std::string_view, 10> kSecret = {
      "apikey",   "auth",  "credential", "credentials", "key",
      "password", "pword", "passwd",     "secret",      "token"};
  constexpr std::array<std::string_view, 3> kHarmless = {"public", "file", "version"};
  return HasPart(name, kSecret) && !HasPart(name, kHarmless);
}

void CheckUndefinedVar(const LintInput& input, Findings& findings) {
  for (const UndefinedUse& use : input.evaluation.undefined) {
    std::string message = fmt::format("Usage of undefined variable '${}'", use.name);
    if (!use.suggestion.empty()) message += fmt::format(" (did you mean ${}?)", use.suggestion);
    findings.Report(*use.source, use.range, message,
                    "declare it with ARG or ENV above; a global ARG must be declared again in the "
                    "stage");
  }
}

void CheckSecretsUsedInArgOrEnv(const LintInput& input, Findings& findings) {
  const auto check = [&](std::string_view keyword, const Word& name,
                         const InstructionSource& source) {
    if (!IsSecretName(name.text)) return;
    findings.Report(source, name.range,
                    fmt::format("Do not use ARG or ENV instructions for sensitive data ({} {})",
                                keyword, Quote(name.text)),
                    "pass it with --secret and use RUN --mount=type=secret");
  };
  ForEach<Arg>(input.dockerfile, [&](const Arg& arg, const InstructionSource& source) {
    for (const ArgDeclaration& declaration : arg.declarations) {
      check("ARG", declaration.name, source);
    }
  });
  ForEach<Env>(input.dockerfile, [&](const Env& env, const InstructionSource& source) {
    for (const KeyValue& pair : env.pairs) check("ENV", pair.key, source);
  });
}

void CheckWorkdirRelativePath(const LintInput& input, Findings& findings) {
  std::vector<bool> is_set;  // by stage: some WORKDIR came before its end
  for (const EvaluatedStage& stage : input.evaluation.stages) {
    bool set = stage.parent && is_set[*stage.parent];
    for (const EvaluatedInstruction& evaluated : stage.instructions) {
      const auto* workdir = std::get_if<Workdir>(&evaluated.instruction->body);
      if (workdir == nullptr) continue;
      const bool is_relative =
          !evaluated.words.empty() && !evaluated.words[0].text.starts_with('/');
      if (!set && is_relative) {
        findings.Report(evaluated.instruction->source, workdir->path.range,
                        fmt::format("Relative workdir {} can have unexpected results if the base "
                                    "image changes",
                                    Quote(evaluated.words[0].text)),
                        "start the first WORKDIR with a slash");
      }
      set = true;
    }
    is_set.push_back(set);
  }
}

void CheckCopyIgnoredFile(const LintInput& input, Findings& findings) {
  const IgnoreFile* ignore = input.context.ignore;
  if (ignore == nullptr || ignore->has_includes()) return;
  for (const EvaluatedStage& stage : input.evaluation.stages) {
    for (const EvaluatedInstruction& evaluated : stage.instructions) {
      CheckIgnoredSources(evaluated, *ignore, findings);
    }
  }
}

void CheckExposeProtoCasing(const LintInput& input, Findings& findings) {
  ForEachPort(input, [&](const Word& port, const InstructionSource& source) {
    const std::size_t slash = port.text.find('/');
    if (slash == std::string::npos) return;
    const std::string protocol = port.text.substr(slash + 1);
    if (protocol == ToLower(protocol)) return;
    findings.Report(
        source, port.range,
        fmt::format("Defined protocol '{}' in EXPOSE instruction should be lowercase", port.text),
        fmt::format("write {}", ToLower(port.text)));
  });
}

void CheckExposeInvalidFormat(const LintInput& input, Findings& findings) {
  ForEachPort(input, [&](const Word& port, const InstructionSource& source) {
    if (HostPart(port.text).empty()) return;
    findings.Report(source, port.range,
                    fmt::format("EXPOSE instruction should not define an IP address or host-port "
                                "mapping, found '{}'",
                                port.text),
                    "name the container's port only; publishing is for docker run -p");
  });
}

void CheckJsonArgsRecommended(const LintInput& input, Findings& findings) {
  for (const EvaluatedStage& stage : input.evaluation.stages) {
    bool has_shell = stage.shell_at_start;
    for (const EvaluatedInstruction& evaluated : stage.instructions) {
      const InstructionBody& body = evaluated.instruction->body;
      has_shell = has_shell || std::holds_alternative<Shell>(body);
      const auto* cmd = std::get_if<Cmd>(&body);
      const auto* entrypoint = std::get_if<Entrypoint>(&body);
      if (has_shell || (cmd == nullptr && entrypoint == nullptr)) continue;
      if (cmd != nullptr ? cmd->command.is_exec : entrypoint->command.is_exec) continue;
      const InstructionSource& source = evaluated.instruction->source;
      findings.Report(source, source.range,
                      fmt::format("JSON arguments recommended for {} to prevent unintended "
                                  "behavior related to OS signals",
                                  source.keyword),
                      R"(write it as ["program", "argument"])");
    }
  }
}

void CheckMultipleInstructionsDisallowed(const LintInput& input, Findings& findings) {
  CheckOnlyLast<Cmd>(input, "CMD", findings);
  CheckOnlyLast<Entrypoint>(input, "ENTRYPOINT", findings);
  CheckOnlyLast<Healthcheck>(input, "HEALTHCHECK", findings);
}

}  // namespace ibuild::parser
