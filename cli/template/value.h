// What templates compute with: a JSON value, or nothing (a key that a map does not have).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "support/json.h"

namespace ibuild::cli::go_template {

// Cheap to copy: parts of a document share it.
class Value {
 public:
  Value() = default;  // nothing
  explicit Value(OrderedJson json) : json_(std::make_shared<const OrderedJson>(std::move(json))) {}
  // A part of what `whole` holds. Documents do not say what a null was in Go: `nil_text` does.
  Value(const Value& whole, const OrderedJson& part, std::string_view nil_text = "<nil>")
      : json_(whole.json_, &part), nil_text_(nil_text) {}

  bool IsNothing() const { return json_ == nullptr; }
  const OrderedJson& json() const;  // null for nothing
  std::string_view nil_text() const { return nil_text_; }
  bool IsString() const { return json().is_string(); }

 private:
  std::shared_ptr<const OrderedJson> json_;
  std::string_view nil_text_ = "<nil>";
};

// As Go's text/template judges: false, 0, "", null, empty arrays and objects, and nothing are
// false.
bool IsTrue(const Value& value);

// As Go's fmt prints it with %v: `[a b]`, `map[k:v]`, `<nil>`, `<no value>`.
std::string Print(const Value& value);

// The field or key; exact, or in the other case for a name that begins with a capital (Go's fields
// and their JSON names). A map without the key: nothing. Throws kInvalidInput where Go does: for a
// struct (an object whose keys all begin with a capital) without the field, and for what has none.
Value Field(const Value& value, const std::string& name);

}  // namespace ibuild::cli::go_template
