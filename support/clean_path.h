// CleanPath: a path below some root, lexically normal.
//
// Always relative in spirit: no leading slash, no empty, "." or ".." element; the root itself is
// the empty path. Parse clamps ".." at the root ("../../x" is "x"), as the Dockerfile language and
// tar application want. Bytes are kept as they are (no Unicode normalisation); NUL is an error.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace ibuild {

class CleanPath {
 public:
  CleanPath() = default;  // the root
  // Any text with slashes; throws kInvalidInput for a NUL byte or an element over 255 bytes.
  static CleanPath Parse(std::string_view text);

  bool IsRoot() const { return path_.empty(); }
  const std::string& text() const { return path_; }               // "a/b", "" for the root
  std::string Absolute() const { return "/" + path_; }            // "/a/b", "/" for the root
  std::string ForOpen() const { return IsRoot() ? "." : path_; }  // for the *at() calls
  CleanPath Parent() const;                                       // of the root: the root
  std::string_view Name() const;                                  // last element, "" for the root
  CleanPath Child(std::string_view name) const;                   // one element
  CleanPath Join(std::string_view text) const;                    // clamps at the root
  bool Contains(const CleanPath& other) const;                    // itself or something below
  std::vector<std::string_view> Elements() const;

  friend bool operator==(const CleanPath&, const CleanPath&) = default;
  // Depth-first order with a directory before its children: compares element by element.
  friend std::strong_ordering operator<=>(const CleanPath& a, const CleanPath& b);

 private:
  std::string path_;
};

}  // namespace ibuild
