#include "cli/remote/yaml.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

constexpr int kMostNesting = 32;

struct YamlLine {
  std::size_t number = 0;
  std::size_t indent = 0;
  std::string_view text;  // without indentation, comment and blanks at the end
};

// A comment begins at the start or after a blank, outside quotes.
std::string_view WithoutComment(std::string_view text) {
  char quote = '\0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quote != '\0') {
      if (text[i] == '\\' && quote == '"')
        ++i;
      else if (text[i] == quote)
        quote = '\0';
    } else if (text[i] == '"' || text[i] == '\'') {
      quote = text[i];
    } else if (text[i] == '#' && (i == 0 || text[i - 1] == ' ' || text[i - 1] == '\t')) {
      return text.substr(0, i);
    }
  }
  return text;
}

class YamlParser {
 public:
  YamlParser(std::string_view text, std::string file) : file_(std::move(file)) { ReadLines(text); }

  YamlNode Document() {
    if (lines_.empty()) return {Place(1), std::string()};
    YamlNode root = Block(lines_[0].indent, 0);
    if (next_ < lines_.size())
      Fail(lines_[next_].number, "this line is indented in no way that fits");
    return root;
  }

 private:
  void ReadLines(std::string_view text) {
    std::size_t number = 0;
    for (const std::string_view raw : Split(text, '\n')) {
      ++number;
      std::string_view line = WithoutComment(raw);
      const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
      line = Trim(line);
      if (line.empty() || (line == "---" && lines_.empty())) continue;
      if (raw.substr(0, raw.find_first_not_of(" \t")).find('\t') != std::string_view::npos) {
        Fail(number, "YAML is not indented with tabs");
      }
      if (line == "---" || line == "...") Fail(number, "there is more than one document");
      lines_.push_back({number, indent, line});
    }
  }

  std::string Place(std::size_t number) const { return fmt::format("{}:{}", file_, number); }
  [[noreturn]] void Fail(std::size_t number, std::string_view problem) const {
    throw Error(ErrorKind::kInvalidInput, fmt::format("{}: {}", Place(number), problem));
  }

  static bool IsItem(std::string_view text) { return text == "-" || text.starts_with("- "); }

  // NOLINTNEXTLINE(misc-no-recursion): kMostNesting bounds it
  YamlNode Block(std::size_t indent, int nesting) {
    if (nesting > kMostNesting) Fail(lines_[next_].number, "nested too deep");
    return IsItem(lines_[next_].text) ? SequenceAt(indent, nesting) : MappingAt(indent, nesting);
  }

  bool Goes(std::size_t indent) const {
    return next_ < lines_.size() && lines_[next_].indent == indent;
  }

  // NOLINTNEXTLINE(misc-no-recursion): see Block
  YamlNode SequenceAt(std::size_t indent, int nesting) {
    const std::size_t first = lines_[next_].number;
    YamlNode::Sequence items;
    while (Goes(indent) && IsItem(lines_[next_].text)) {
      YamlLine& line = lines_[next_];
      const std::string_view rest = Trim(line.text.substr(1));
      if (rest.empty()) {
        ++next_;
        items.push_back(Below(indent, line.number, nesting));
      } else if (KeyEnd(rest)) {
        // A mapping that begins on the line of its dash.
        line.indent = indent + (line.text.size() - rest.size());
        line.text = rest;
        items.push_back(Block(line.indent, nesting + 1));
      } else {
        items.push_back(Scalar(rest, line.number, nesting));
        ++next_;
      }
    }
    return {Place(first), std::move(items)};
  }

  // NOLINTNEXTLINE(misc-no-recursion): see Block
  YamlNode MappingAt(std::size_t indent, int nesting) {
    const std::size_t first = lines_[next_].number;
    YamlNode::Mapping members;
    while (Goes(indent) && !IsItem(lines_[next_].text)) {
      const YamlLine line = lines_[next_];
      const auto end = KeyEnd(line.text);
      if (!end) Fail(line.number, "expected `key: value`");
      std::string key = Unquoted(Trim(line.text.substr(0, *end)), line.number);
      const std::string_view rest = Trim(line.text.substr(*end + 1));
      for (const auto& [known, value] : members) {
        if (known == key) Fail(line.number, fmt::format("{} stands here twice", Quote(key)));
      }
      ++next_;
      members.emplace_back(std::move(key), rest.empty() ? Below(indent, line.number, nesting)
                                                        : Scalar(rest, line.number, nesting));
    }
    return {Place(first), std::move(members)};
  }

  // What stands indented below a key or a dash; a sequence may stand at the key's own indentation.
  // NOLINTNEXTLINE(misc-no-recursion): see Block
  YamlNode Below(std::size_t indent, std::size_t number, int nesting) {
    const bool deeper = next_ < lines_.size() && lines_[next_].indent > indent;
    const bool list = Goes(indent) && IsItem(lines_[next_].text);
    if (deeper || list) return Block(lines_[next_].indent, nesting + 1);
    return {Place(number), std::string()};
  }

  // The colon that ends a key: outside quotes, before a blank or the end.
  static std::optional<std::size_t> KeyEnd(std::string_view text) {
    char quote = '\0';
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (quote != '\0') {
        if (text[i] == '\\' && quote == '"')
          ++i;
        else if (text[i] == quote)
          quote = '\0';
      } else if (i == 0 && (text[i] == '"' || text[i] == '\'')) {
        quote = text[i];
      } else if (i == 0 && (text[i] == '[' || text[i] == '{')) {
        return std::nullopt;
      } else if (text[i] == ':' && (i + 1 == text.size() || text[i + 1] == ' ')) {
        return i;
      }
    }
    return std::nullopt;
  }

  std::string Unquoted(std::string_view text, std::size_t number) const {
    if (text.empty() || (text.front() != '"' && text.front() != '\'')) return std::string(text);
    const char quote = text.front();
    std::string result;
    for (std::size_t i = 1; i < text.size(); ++i) {
      if (text[i] == quote && quote == '\'' && i + 1 < text.size() && text[i + 1] == quote) {
        result += text[i++];
      } else if (text[i] == quote) {
        if (i + 1 != text.size()) break;
        return result;
      } else if (text[i] == '\\' && quote == '"' && i + 1 < text.size()) {
        const char escaped = text[++i];
        result += escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped;
      } else {
        result += text[i];
      }
    }
    Fail(number, "the quotes are not closed");
  }

  // NOLINTNEXTLINE(misc-no-recursion): kMostNesting bounds it
  YamlNode Scalar(std::string_view text, std::size_t number, int nesting) {
    if (nesting > kMostNesting) Fail(number, "nested too deep");
    const char first = text.front();
    if (first == '&' || first == '*' || first == '!' || first == '|' || first == '>' ||
        first == '%' || first == '@' || first == '`') {
      Fail(number, fmt::format("`{}` is not understood here; quote the text", first));
    }
    if (first == '[' || first == '{') return Flow(text, number, nesting);
    return {Place(number), Unquoted(text, number)};
  }

  // NOLINTNEXTLINE(misc-no-recursion): see Scalar
  YamlNode Flow(std::string_view text, std::size_t number, int nesting) {
    const bool list = text.front() == '[';
    if (text.back() != (list ? ']' : '}')) Fail(number, "the bracket is not closed on its line");
    YamlNode::Sequence items;
    YamlNode::Mapping members;
    for (const std::string_view part : FlowParts(text.substr(1, text.size() - 2))) {
      const auto end = list ? std::nullopt : KeyEnd(part);
      if (list) {
        items.push_back(Scalar(part, number, nesting + 1));
      } else if (end) {
        const std::string_view value = Trim(part.substr(*end + 1));
        members.emplace_back(Unquoted(Trim(part.substr(0, *end)), number),
                             value.empty() ? YamlNode{Place(number), std::string()}
                                           : Scalar(value, number, nesting + 1));
      } else {
        Fail(number, "expected `key: value`");
      }
    }
    if (list) return {Place(number), std::move(items)};
    return {Place(number), std::move(members)};
  }

  // At the commas that are outside quotes and brackets.
  static std::vector<std::string_view> FlowParts(std::string_view text) {
    std::vector<std::string_view> parts;
    char quote = '\0';
    int depth = 0;
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
      const char c = i < text.size() ? text[i] : ',';
      if (i < text.size() && quote != '\0') {
        if (c == quote) quote = '\0';
        continue;
      }
      if (c == '"' || c == '\'') quote = c;
      if (c == '[' || c == '{') ++depth;
      if (c == ']' || c == '}') --depth;
      if (c != ',' || (depth != 0 && i < text.size())) continue;
      const std::string_view part = Trim(text.substr(begin, i - begin));
      if (!part.empty()) parts.push_back(part);
      begin = i + 1;
    }
    return parts;
  }

  std::string file_;
  std::vector<YamlLine> lines_;
  std::size_t next_ = 0;
};

}  // namespace

YamlNode YamlNode::Parse(std::string_view text, const std::string& file) {
  return YamlParser(text, file).Document();
}

void YamlNode::Fail(std::string_view problem) const {
  throw Error(ErrorKind::kInvalidInput, fmt::format("{}: {}", place_, problem));
}

bool YamlNode::IsEmpty() const {
  const auto* text = std::get_if<std::string>(&content_);
  return text != nullptr && (text->empty() || *text == "~" || *text == "null");
}

const std::string& YamlNode::AsString() const {
  if (const auto* text = std::get_if<std::string>(&content_)) return *text;
  Fail("expected a text");
}

bool YamlNode::AsBool() const {
  const std::string text = ToLower(AsString());
  if (text == "true" || text == "yes" || text == "on") return true;
  if (text == "false" || text == "no" || text == "off") return false;
  Fail("expected true or false");
}

const YamlNode::Sequence& YamlNode::AsSequence() const {
  static const Sequence empty;
  if (const auto* items = std::get_if<Sequence>(&content_)) return *items;
  if (IsEmpty()) return empty;
  Fail("expected a list");
}

const YamlNode::Mapping& YamlNode::AsMapping() const {
  static const Mapping empty;
  if (const auto* members = std::get_if<Mapping>(&content_)) return *members;
  if (IsEmpty()) return empty;
  Fail("expected `key: value` lines");
}

const YamlNode* YamlNode::Find(std::string_view key) const {
  for (const auto& [name, value] : AsMapping()) {
    if (name == key) return &value;
  }
  return nullptr;
}

}  // namespace ibuild::cli
