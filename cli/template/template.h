// Go's text/template, as `--format` of docker and its kin take it, over JSON documents.
//
// Fields, index, range, if, with, variables, pipes, comparisons, print, printf, println, len,
// slice, json, join, split, lower, upper, title, pad, truncate. Not: define, template, block, call.
// A field may be given one argument, as Go's methods are (`.Label "a"`): the entry of that name.
// Pure. The template is what a user typed, the data may be hostile: nesting, steps and output are
// limited.
#pragma once

#include <string>
#include <string_view>

#include "cli/template/syntax.h"
#include "support/json_fwd.h"

namespace ibuild::cli {

class Template {
 public:
  // Throws kUsage with what is wrong with the text.
  static Template Parse(std::string_view text);

  // Throws kInvalidInput: a field that is not there, a function that does not take what it got.
  // `pretty_json`: `json` writes over several lines, as it does for some of docker's commands.
  std::string Execute(const OrderedJson& data, bool pretty_json = false) const;

 private:
  explicit Template(go_template::Block block) : block_(std::move(block)) {}
  go_template::Block block_;
};

}  // namespace ibuild::cli
