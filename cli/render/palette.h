// Colours of a terminal (ECMA-48 SGR), or nothing at all: colour is never the only carrier.
#pragma once

#include <string>
#include <string_view>

namespace ibuild::cli {

class Palette {
 public:
  explicit Palette(bool on) : on_(on) {}

  std::string Red(std::string_view text) const { return Paint("31", text); }
  std::string Yellow(std::string_view text) const { return Paint("33", text); }
  std::string Blue(std::string_view text) const { return Paint("34", text); }
  std::string Bold(std::string_view text) const { return Paint("1", text); }
  std::string Faint(std::string_view text) const { return Paint("2", text); }

 private:
  std::string Paint(std::string_view code, std::string_view text) const {
    if (!on_) return std::string(text);
    std::string painted = "\x1b[";
    painted += code;
    painted += 'm';
    painted += text;
    return painted += "\x1b[0m";
  }

  bool on_;
};

}  // namespace ibuild::cli
