#include "builder/explain/listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "support/text.h"

namespace ibuild::builder {
namespace {

constexpr std::size_t kNamed = 3;  // the rest is counted

using ByPath = std::map<std::string, ListedFile>;

ByPath Index(std::vector<ListedFile> files) {
  ByPath index;
  for (ListedFile& file : files) {
    std::string path = file.path;
    index.insert_or_assign(std::move(path), std::move(file));
  }
  return index;
}

bool SameButForName(const ListedFile& a, const ListedFile& b) {
  return a.type == b.type && a.mode == b.mode && a.owner == b.owner && a.content == b.content;
}

// What differs in a file that is in both.
std::string Difference(const ListedFile& before, const ListedFile& after) {
  std::vector<std::string> what;
  if (before.type != after.type) what.emplace_back("type");
  if (before.type == after.type && before.content != after.content) {
    what.emplace_back(before.type == "l" ? "target" : "content");
  }
  if (before.mode != after.mode) {
    what.push_back(fmt::format("mode {}, was {}", after.mode, before.mode));
  }
  if (before.owner != after.owner) {
    what.push_back(fmt::format("owner {}, was {}", after.owner, before.owner));
  }
  return Join(what, ", ");
}

class Changes {
 public:
  Changes(ByPath before, ByPath after) : before_(std::move(before)), after_(std::move(after)) {
    Compare();
  }
  std::vector<std::string> Take() && { return std::move(lines_); }

 private:
  void Compare() {
    std::vector<ListedFile> gone;
    for (const auto& [path, file] : before_) {
      if (!after_.contains(path)) gone.push_back(file);
    }
    for (const auto& [path, file] : after_) {
      const auto old = before_.find(path);
      if (old == before_.end()) {
        AddNew(file, gone);
      } else if (!(old->second == file)) {
        lines_.push_back(
            fmt::format("{} ({})", PrintableText(path), Difference(old->second, file)));
      }
    }
    for (const ListedFile& file : gone) lines_.push_back(PrintableText(file.path) + " (gone)");
  }

  void AddNew(const ListedFile& file, std::vector<ListedFile>& gone) {
    const auto same = std::find_if(gone.begin(), gone.end(), [&](const ListedFile& old) {
      return file.type != "d" && SameButForName(old, file);
    });
    if (same == gone.end()) {
      lines_.push_back(PrintableText(file.path) + " (new)");
      return;
    }
    lines_.push_back(
        fmt::format("{} renamed to {}", PrintableText(same->path), PrintableText(file.path)));
    gone.erase(same);
  }

  ByPath before_;
  ByPath after_;
  std::vector<std::string> lines_;
};

}  // namespace

void AppendTo(std::string& listing, const ListedFile& file) {
  fmt::format_to(std::back_inserter(listing), "{} {} {} {} {}\n", Quote(file.path), file.type,
                 file.mode, file.owner, Quote(file.content));
}

std::optional<std::vector<ListedFile>> ParseListing(std::string_view text) {
  std::vector<ListedFile> files;
  for (const std::string_view line : Split(text, '\n')) {
    if (line.empty()) continue;
    // The path is quoted, and no quote in it is bare.
    std::size_t end = 1;
    while (end < line.size() && line[end] != '"') end += line[end] == '\\' ? 2U : 1U;
    if (line[0] != '"' || end >= line.size()) return std::nullopt;
    const auto rest = Split(Trim(line.substr(end + 1)), ' ');
    if (rest.size() < 4) return std::nullopt;
    const std::string_view content =
        line.substr(static_cast<std::size_t>(rest[3].data() - line.data()));
    files.push_back({.path = std::string(line.substr(1, end - 1)),
                     .type = std::string(rest[0]),
                     .mode = std::string(rest[1]),
                     .owner = std::string(rest[2]),
                     .content = std::string(content)});
  }
  return files;
}

std::optional<std::string> DescribeChanges(std::vector<ListedFile> before,
                                           std::vector<ListedFile> after) {
  std::vector<std::string> lines =
      Changes(Index(std::move(before)), Index(std::move(after))).Take();
  if (lines.empty()) return std::nullopt;
  if (lines.size() <= kNamed) return Join(lines, ", ");
  const std::size_t more = lines.size() - kNamed;
  lines.resize(kNamed);
  return fmt::format("{} and {} more", Join(lines, ", "), more);
}

}  // namespace ibuild::builder
