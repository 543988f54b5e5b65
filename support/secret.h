// Secret: a password or token. Formats as "****", compares in constant time, wipes its bytes.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace ibuild {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { Wipe(); }

  bool empty() const { return value_.empty(); }
  // The bytes themselves: for the wire and for files that must hold them, never for messages.
  const std::string& Reveal() const { return value_; }

  friend bool operator==(const Secret& a, const Secret& b);

 private:
  void Wipe() noexcept;

  std::string value_;
};

}  // namespace ibuild

template <>
struct fmt::formatter<ibuild::Secret> : fmt::formatter<std::string_view> {
  template <typename Context>
  auto format(const ibuild::Secret&, Context& context) const {
    return fmt::formatter<std::string_view>::format("****", context);
  }
};
