#include "parser/syntax/directives.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "parser/syntax/chars.h"
#include "parser/syntax/diagnostic.h"
#include "parser/syntax/json_array.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::parser {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct DirectiveLine {
  std::string name;  // lower case, one of the known ones
  std::string_view value;
};

std::string_view TakeLine(std::string_view& text) {
  const std::size_t feed = text.find('\n');
  const std::string_view line = text.substr(0, feed);
  text.remove_prefix(feed == std::string_view::npos ? text.size() : feed + 1);
  return line;
}

// `# name = value` with a known name; anything else ends the zone.
std::optional<DirectiveLine> ParseDirectiveLine(std::string_view line, std::string_view comment) {
  line = TrimSpace(line);
  if (!line.starts_with(comment)) return std::nullopt;
  line = TrimLeftSpace(line.substr(comment.size()));
  std::size_t end = 0;
  while (end < line.size() && (IsLetter(line[end]) || (end > 0 && IsDigit(line[end])))) ++end;
  DirectiveLine directive{ToLower(line.substr(0, end)), TrimLeftSpace(line.substr(end))};
  if (!directive.value.starts_with('=')) return std::nullopt;
  directive.value = TrimLeftSpace(directive.value.substr(1));
  const bool known =
      directive.name == "syntax" || directive.name == "escape" || directive.name == "check";
  if (!known || directive.value.empty()) return std::nullopt;
  return directive;
}

std::string_view FirstWord(std::string_view value) { return value.substr(0, value.find(' ')); }

// A directive in a comment style of another language, for files that are several things at once.
std::string FindForeignSyntax(std::string_view text) {
  const std::string_view whole = text;
  if (text.starts_with("#!")) TakeLine(text);
  for (const std::string_view comment : {"#", "//"}) {
    std::string_view rest = text;
    while (const auto directive = ParseDirectiveLine(TakeLine(rest), comment)) {
      if (directive->name == "syntax") return std::string(FirstWord(directive->value));
    }
  }
  if (!text.starts_with('{')) return {};
  return FindJsonString(whole, "syntax").value_or("");
}

std::vector<std::string> SplitRules(std::string_view list) {
  std::vector<std::string> rules;
  for (const std::string_view rule : Split(list, ',')) rules.emplace_back(Trim(rule));
  return rules;
}

[[noreturn]] void FailCheck(std::string_view what) {
  throw Error(ErrorKind::kInvalidInput, fmt::format("failed to parse check options: {}", what))
      .WithHint("write check=skip=RuleA,RuleB;error=true");
}

bool ParseCheckBool(std::string_view option, std::string_view value) {
  if (EqualsIgnoringCase(value, "true") || value == "1") return true;
  if (EqualsIgnoringCase(value, "false") || value == "0") return false;
  FailCheck(fmt::format("failed to parse check option {}", Quote(option)));
}

// Reads the zone line by line.
class ZoneReader {
 public:
  ZoneReader(const SourceText& source, std::vector<Diagnostic>& diagnostics)
      : rest_(source.text()), diagnostics_(diagnostics) {
    if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
  }

  DirectiveZone Read(std::string_view whole) {
    for (;;) {
      std::string_view after = rest_;
      const std::string_view line = TakeLine(after);
      const std::optional<DirectiveLine> directive = ParseDirectiveLine(line, "#");
      if (!directive) break;
      ++zone_.lines;
      const std::size_t start = zone_.lines == 1 ? whole.size() - rest_.size() : 0;
      Apply(*directive, {{zone_.lines, start}, {zone_.lines, start + line.size()}});
      rest_ = after;
    }
    zone_.bytes = whole.size() - rest_.size();
    if (zone_.lines == 0) zone_.column = zone_.bytes;
    return std::move(zone_);
  }

 private:
  void Apply(const DirectiveLine& directive, SourceRange range) {
    if (std::ranges::find(seen_, directive.name) != seen_.end()) {
      Report("DuplicateDirective",
             fmt::format("only one {} parser directive can be used", directive.name), range);
      return;
    }
    seen_.push_back(directive.name);
    if (directive.name == "escape") {
      ApplyEscape(directive.value, range);
    } else if (directive.name == "syntax") {
      zone_.directives.syntax = FirstWord(directive.value);
      zone_.directives.syntax_range = range;
    } else {
      ApplyCheck(directive.value, range);
    }
  }

  void ApplyEscape(std::string_view value, SourceRange range) {
    if (value == "\\" || value == "`") {
      zone_.directives.escape = value.front();
      return;
    }
    Report("InvalidEscape",
           fmt::format("invalid escape token '{}' does not match ` or \\", PrintableText(value)),
           range);
  }

  void ApplyCheck(std::string_view value, SourceRange range) {
    try {
      zone_.directives.check = ParseCheckOptions(value);
    } catch (const Error& error) {
      Report("InvalidCheck", error.message(), range, error.hint());
    }
  }

  void Report(std::string_view rule, std::string message, SourceRange range,
              std::string hint = {}) {
    diagnostics_.push_back({.severity = Severity::kError,
                            .rule = std::string(rule),
                            .message = std::move(message),
                            .range = range,
                            .instruction = range,
                            .hint = std::move(hint)});
  }

  std::string_view rest_;
  std::vector<Diagnostic>& diagnostics_;
  std::vector<std::string> seen_;
  DirectiveZone zone_;
};

}  // namespace

CheckOptions ParseCheckOptions(std::string_view text) {
  CheckOptions options;
  for (const std::string_view part : Split(text, ';')) {
    const std::size_t equals = part.find('=');
    const std::string_view name = Trim(part.substr(0, equals));
    if (equals == std::string_view::npos) {
      FailCheck(fmt::format("invalid check option {}", Quote(part)));
    }
    const std::string_view value = Trim(part.substr(equals + 1));
    if (name == "skip") {
      options.skip_all = value == "all";
      if (!options.skip_all) options.skipped_rules = SplitRules(value);
    } else if (name == "experimental") {
      options.all_experimental = value == "all";
      if (!options.all_experimental) options.experimental_rules = SplitRules(value);
    } else if (name == "error") {
      options.error = ParseCheckBool(part, value);
    } else {
      FailCheck(fmt::format("invalid check option {}", Quote(name)));
    }
  }
  return options;
}

bool IsBuiltInSyntax(std::string_view image) {
  const std::size_t slash = image.rfind('/') == std::string_view::npos ? 0 : image.rfind('/');
  const std::size_t tag = std::min(image.find('@'), image.find(':', slash));
  const std::string_view name = image.substr(0, tag);
  if (name == "dockerfile.v0") return true;
  for (const std::string_view known : {"docker/dockerfile", "docker/dockerfile-upstream"}) {
    if (!name.ends_with(known)) continue;
    const std::string_view host = name.substr(0, name.size() - known.size());
    if (host.empty() || host.ends_with('/')) return true;
  }
  return false;
}

DirectiveZone ReadDirectives(const SourceText& source, std::vector<Diagnostic>& diagnostics) {
  DirectiveZone zone = ZoneReader(source, diagnostics).Read(source.text());
  if (!zone.directives.syntax.empty()) return zone;
  std::string_view text = source.text();
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  zone.directives.syntax = FindForeignSyntax(text);
  return zone;
}

}  // namespace ibuild::parser
