#include "support/clean_path.h"

#include <fmt/format.h>

#include <algorithm>

#include "support/error.h"
#include "support/text.h"

namespace ibuild {
namespace {

constexpr std::size_t kNameMax = 255;  // NAME_MAX of every Linux file system

void CheckElement(std::string_view element) {
  if (element.size() > kNameMax) {
    throw Error(ErrorKind::kInvalidInput, fmt::format("path element {}… is longer than {} bytes",
                                                      Quote(element.substr(0, 32)), kNameMax));
  }
}

// Drops the last element of the normal path `path`; the root stays the root.
void Climb(std::string& path) {
  const std::size_t slash = path.rfind('/');
  path.resize(slash == std::string::npos ? 0 : slash);
}

void Append(std::string& path, std::string_view element) {
  CheckElement(element);
  if (!path.empty()) path += '/';
  path += element;
}

}  // namespace

CleanPath CleanPath::Parse(std::string_view text) { return CleanPath().Join(text); }

CleanPath CleanPath::Parent() const {
  CleanPath parent = *this;
  Climb(parent.path_);
  return parent;
}

std::string_view CleanPath::Name() const {
  const std::size_t slash = path_.rfind('/');
  return std::string_view(path_).substr(slash == std::string::npos ? 0 : slash + 1);
}

CleanPath CleanPath::Child(std::string_view name) const {
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string_view::npos) {
    throw Error(ErrorKind::kInvalidInput, fmt::format("{} is not a file name", Quote(name)));
  }
  return Join(name);
}

CleanPath CleanPath::Join(std::string_view text) const {
  if (text.find('\0') != std::string_view::npos) {
    throw Error(ErrorKind::kInvalidInput, fmt::format("path {} holds a NUL byte", Quote(text)));
  }
  CleanPath joined = *this;
  for (const std::string_view element : Split(text, '/')) {
    if (element.empty() || element == ".") continue;
    if (element == "..") {
      Climb(joined.path_);
    } else {
      Append(joined.path_, element);
    }
  }
  return joined;
}

bool CleanPath::Contains(const CleanPath& other) const {
  if (IsRoot()) return true;
  return other.path_.starts_with(path_) &&
         (other.path_.size() == path_.size() || other.path_[path_.size()] == '/');
}

std::vector<std::string_view> CleanPath::Elements() const {
  if (IsRoot()) return {};
  return Split(path_, '/');
}

std::strong_ordering operator<=>(const CleanPath& a, const CleanPath& b) {
  // Comparing element by element is comparing bytes with "/" below every other byte.
  const auto [x, y] = std::mismatch(a.path_.begin(), a.path_.end(), b.path_.begin(), b.path_.end());
  if (x == a.path_.end() || y == b.path_.end()) return a.path_.size() <=> b.path_.size();
  const auto weight = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c); };
  return weight(*x) <=> weight(*y);
}

}  // namespace ibuild
