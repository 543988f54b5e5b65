#include "parser/syntax/parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "parser/syntax/chars.h"
#include "parser/syntax/logical_lines.h"
#include "parser/syntax/read_instruction.h"
#include "parser/syntax/syntax_fault.h"
#include "support/text.h"

namespace ibuild::parser {
namespace {

constexpr std::string_view kUnsupportedSyntax = "UnsupportedSyntax";
constexpr std::size_t kMaxShownErrors = 20;
constexpr std::size_t kUsualInstructions = 16;  // of a stage; moving them costs more than reading

// "# check=skip=RuleA,RuleB why this is fine here" among the comments of an instruction. A comment
// that only looks like it is a comment.
std::vector<std::string> SkippedRules(const std::vector<std::string_view>& comments) {
  std::vector<std::string> rules;
  for (const std::string_view comment : comments) {
    if (!comment.starts_with("check")) continue;
    const std::string_view rest = TrimLeftSpace(comment.substr(5));
    if (!rest.starts_with('=')) continue;
    const std::string_view value = TrimLeftSpace(rest.substr(1));
    try {
      CheckOptions options = ParseCheckOptions(value.substr(0, value.find(' ')));
      if (options.skip_all) rules.emplace_back("all");
      std::ranges::move(options.skipped_rules, std::back_inserter(rules));
    } catch (const Error&) {
      continue;
    }
  }
  return rules;
}

// Reads the here-documents that belong to an instruction, then describes where all of it stands.
InstructionSource ReadSource(LineReader& reader, InstructionText& text) {
  const LogicalLine& line = *text.line;
  InstructionSource source;
  source.text = TrimSpace(line.text());
  source.keyword = text.keyword;
  source.keyword_range = line.RangeOf(text.keyword);
  source.range = line.RangeOf(TrimSpace(line.text()));
  source.range.end = std::max(source.range.end, SourcePosition{line.last_line(), 0});
  source.comments.assign(line.comments().begin(), line.comments().end());
  source.skipped_rules = SkippedRules(line.comments());
  source.blank_continuation = line.has_blank_continuation();
  source.continuation_end = line.last_line();
  if (text.rest.find("<<") == std::string_view::npos || !TakesHeredocs(text.name, text.rest)) {
    return source;
  }
  for (HeredocMarker& marker : FindHeredocMarkers(text.rest)) {
    text.heredocs.push_back(reader.ReadHeredoc(std::move(marker), source.range));
    source.range.end = text.heredocs.back().range.end;
  }
  reader.RefuseLongLines();
  return source;
}

class FileParser {
 public:
  explicit FileParser(const SourceText& source) : source_(source) {}

  ParseResult Parse(const ParseOptions& options) {
    if (source_.text().empty()) {
      Report("EmptyDockerfile", "the Dockerfile cannot be empty", {}, "start with FROM");
      return std::move(result_);
    }
    const DirectiveZone zone = ReadDirectives(source_, result_.diagnostics);
    result_.dockerfile.directives = zone.directives;
    if (!ApplyOptions(options)) return std::move(result_);
    ReadInstructions(zone);
    CheckStages();
    SortByPosition(result_.diagnostics);
    return std::move(result_);
  }

 private:
  // False when the file is written in a language that only another front end understands.
  bool ApplyOptions(const ParseOptions& options) {
    ParserDirectives& directives = result_.dockerfile.directives;
    if (options.syntax) directives.syntax = *options.syntax;
    if (options.check) ApplyCheckOption(*options.check);
    if (directives.syntax.empty() || IsBuiltInSyntax(directives.syntax)) return true;
    Report(kUnsupportedSyntax,
           fmt::format("unsupported frontend {}: only docker/dockerfile is built in",
                       Quote(directives.syntax)),
           directives.syntax_range, "remove the syntax directive, or use docker/dockerfile:1");
    return false;
  }

  void ApplyCheckOption(const std::string& text) {
    try {
      result_.dockerfile.directives.check = ParseCheckOptions(text);
    } catch (const Error& error) {
      Report("InvalidCheck", error.message(), {}, error.hint());
    }
  }

  void ReadInstructions(const DirectiveZone& zone) {
    LineReader reader(source_.text().substr(zone.bytes), {zone.lines + 1, zone.column},
                      zone.directives.escape);
    LogicalLine line;
    for (bool more = true; more;) {
      try {
        more = reader.Next(line);
        if (more) ReadLine(reader, line);
      } catch (const SyntaxFault& fault) {
        result_.diagnostics.push_back(fault.diagnostic());
      }
    }
  }

  void ReadLine(LineReader& reader, const LogicalLine& line) {
    InstructionText text = TakeApart(line, result_.dockerfile.directives.escape);
    has_instructions_ = true;
    if (text.keyword.empty()) {
      text.Fail("UnknownInstruction", "unknown instruction: ", text.rest,
                "remove the escape character at the end of the file");
    }
    saw_from_ = saw_from_ || text.name == "FROM";
    InstructionSource source = ReadSource(reader, text);
    Place(ReadInstruction(text), std::move(source));
  }

  void Place(InstructionBody&& body, InstructionSource&& source) {
    std::vector<Stage>& stages = result_.dockerfile.stages;
    if (auto* from = std::get_if<From>(&body)) {
      std::string name = from->stage ? ToLower(from->stage->text) : std::string();
      stages.push_back({std::move(name), std::move(*from), std::move(source), {}});
    } else if (!stages.empty()) {
      std::vector<Instruction>& instructions = stages.back().instructions;
      if (instructions.empty()) instructions.reserve(kUsualInstructions);
      instructions.push_back({std::move(body), std::move(source)});
    } else if (auto* arg = std::get_if<Arg>(&body)) {
      result_.dockerfile.global_args.push_back({std::move(*arg), std::move(source)});
    } else if (!saw_from_ && !reported_no_stage_) {
      reported_no_stage_ = true;
      Report("NoStage", "no build stage in current context", source.keyword_range,
             "the first instruction after ARG must be FROM");
    }
  }

  void CheckStages() {
    const SourceRange start{{1, 0}, {1, 0}};
    if (!has_instructions_ && result_.diagnostics.empty()) {
      Report("NoInstructions", "file with no instructions", start, "start with FROM");
    } else if (!saw_from_ && result_.diagnostics.empty()) {
      Report("NoStage", "dockerfile contains no stages to build", start, "add a FROM");
    }
  }

  void Report(std::string_view rule, std::string message, SourceRange range,
              std::string hint = {}) {
    result_.diagnostics.push_back({.severity = Severity::kError,
                                   .rule = std::string(rule),
                                   .message = std::move(message),
                                   .range = range,
                                   .instruction = range,
                                   .hint = std::move(hint)});
  }

  const SourceText& source_;
  ParseResult result_;
  bool has_instructions_ = false;
  bool saw_from_ = false;  // also one with a fault
  bool reported_no_stage_ = false;
};

Instruction ReadTrigger(const SourceText& source) {
  LineReader reader(source.text(), {}, '\\');
  LogicalLine line;
  if (!reader.Next(line)) {
    throw SyntaxFault("InvalidTrigger", "onbuild trigger should be a single expression", {});
  }
  InstructionText text = TakeApart(line, '\\');
  text.is_trigger = true;
  Instruction instruction;
  instruction.source = ReadSource(reader, text);
  instruction.body = ReadInstruction(text);
  if (std::holds_alternative<From>(instruction.body) ||
      std::holds_alternative<OnBuild>(instruction.body)) {
    text.Fail("InvalidTrigger", fmt::format("{} isn't allowed as an ONBUILD trigger", text.name),
              text.keyword);
  }
  if (reader.Next(line)) {
    throw SyntaxFault("InvalidTrigger", "onbuild trigger should be a single expression",
                      line.RangeOf(line.text()));
  }
  return instruction;
}

}  // namespace

ParseResult ParseDockerfile(const SourceText& source, const ParseOptions& options) {
  return FileParser(source).Parse(options);
}

void ThrowIfErrors(const ParseResult& result, const SourceText& source) {
  std::vector<std::string> messages;
  std::vector<const Diagnostic*> errors;
  for (const Diagnostic& diagnostic : result.diagnostics) {
    if (diagnostic.severity == Severity::kError) errors.push_back(&diagnostic);
  }
  if (errors.empty()) return;
  const std::size_t shown = std::min(errors.size(), kMaxShownErrors);
  for (std::size_t i = 0; i < shown; ++i) messages.push_back(errors[i]->message);
  if (shown < errors.size()) {
    messages.push_back(fmt::format("and {} more errors", errors.size() - shown));
  }
  const bool foreign = errors.front()->rule == kUnsupportedSyntax;
  Error error(foreign ? ErrorKind::kUnsupported : ErrorKind::kInvalidInput, Join(messages, "\n"));
  for (std::size_t i = 0; i < shown; ++i) {
    error.AddExcerpt(MakeExcerpt(source, errors[i]->range));
    if (!errors[i]->hint.empty()) error.AddHint(errors[i]->hint);
  }
  throw error;
}

Instruction ParseTrigger(std::string_view trigger) {
  const SourceText source("ONBUILD trigger", std::string(trigger));
  try {
    return ReadTrigger(source);
  } catch (const SyntaxFault& fault) {
    const Diagnostic& diagnostic = fault.diagnostic();
    throw Error(ErrorKind::kInvalidInput, diagnostic.message)
        .WithExcerpt(MakeExcerpt(source, diagnostic.range))
        .WithHint(diagnostic.hint);
  }
}

}  // namespace ibuild::parser
