// Output of a step, cut into lines as it comes: pieces end anywhere, "\r\n" is a line end, and "\r"
// ends a line too, because that is how progress bars redraw themselves.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace ibuild::cli {

class LogLines {
 public:
  using TakeLine = std::function<void(std::string_view line)>;

  void Add(std::string_view bytes, const TakeLine& take);
  void Flush(const TakeLine& take);  // what is left without a line end

 private:
  std::string partial_;
  bool after_return_ = false;
};

}  // namespace ibuild::cli
