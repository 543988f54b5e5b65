// Listings: the files of one source of a COPY as text, so that a later build can say which of them
// changed. One line a file, sorted by path:
//
//   "src/a.c" f 644 0:0 9f86d0…        type, mode, owner, what it holds (SHA-256, a link's target)
//
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ibuild::builder {

struct ListedFile {
  std::string path;
  std::string type;  // "f", "d", "l", …
  std::string mode;
  std::string owner;
  std::string content;

  friend bool operator==(const ListedFile&, const ListedFile&) = default;
};

// The files come one by one, there may be millions.
void AppendTo(std::string& listing, const ListedFile& file);
// Nothing for text that is no listing.
std::optional<std::vector<ListedFile>> ParseListing(std::string_view text);

// "src/a.c (content), src/b.c (new), c renamed to d and 4 more"; nothing when no file differs.
std::optional<std::string> DescribeChanges(std::vector<ListedFile> before,
                                           std::vector<ListedFile> after);

}  // namespace ibuild::builder
