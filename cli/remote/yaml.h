// The part of YAML that lists of images are written in: mappings and sequences by indentation, flow
// sequences and mappings ([a, b], {k: v}) on one line, plain and quoted scalars, comments. Anchors,
// tags, block scalars and several documents are refused with their line. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ibuild::cli {

class YamlNode {
 public:
  using Mapping = std::vector<std::pair<std::string, YamlNode>>;
  using Sequence = std::vector<YamlNode>;

  // Throws kInvalidInput, "FILE:LINE: …".
  static YamlNode Parse(std::string_view text, const std::string& file);

  YamlNode(std::string place, std::variant<std::string, Sequence, Mapping> content)
      : place_(std::move(place)), content_(std::move(content)) {}

  bool IsEmpty() const;  // nothing stands there, or `null`, `~`
  // Throw kInvalidInput with the place when it is of another kind; what is empty is an empty one.
  const std::string& AsString() const;
  bool AsBool() const;
  const Sequence& AsSequence() const;
  const Mapping& AsMapping() const;
  const YamlNode* Find(std::string_view key) const;  // of a mapping; null when it is not there

  [[noreturn]] void Fail(std::string_view problem) const;

 private:
  std::string place_;
  std::variant<std::string, Sequence, Mapping> content_;
};

}  // namespace ibuild::cli
