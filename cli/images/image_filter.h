// --filter of `images` and of what prunes.
//
//   dangling=BOOL | label[!]=KEY[=VALUE] | reference=PATTERN | before=IMAGE | since=IMAGE |
//   until=(DURATION | TIME) | id=PREFIX
//
// Filters of one kind are alternatives for references, all of them must hold for labels.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/images/image_list.h"

namespace ibuild::cli {

class ImageFilter {
 public:
  // Throws kUsage for a filter that there is not.
  void Add(const std::string& text);

  // NAME[:TAG] or a pattern, as `images` takes it as operand.
  void AddReference(std::string pattern) { references_.push_back(std::move(pattern)); }
  std::optional<bool> dangling() const { return dangling_; }

  // `all`: among which `before` and `since` find the image they name. Throws kNotFound.
  std::vector<ListedImage> Apply(std::vector<ListedImage> all, UnixTime now) const;

 private:
  struct Label {
    std::string key;
    std::optional<std::string> value;
    bool absent = false;
  };
  bool MatchesLabels(const oci::RuntimeConfig& config) const;
  bool MatchesReference(const ListedImage& image) const;

  std::optional<bool> dangling_;
  std::vector<Label> labels_;
  std::vector<std::string> references_;
  std::vector<std::string> ids_;
  std::optional<std::string> before_;
  std::optional<std::string> since_;
  std::optional<std::string> until_;
};

// "24h", "1h30m", "14d", or a time as ParseMoment reads it: the instant that is meant. Throws
// kUsage.
UnixTime ParseUntil(const std::string& text, UnixTime now);

// As Docker matches references: a name without tag is any tag, `*` and `?` stay within a component.
bool MatchesName(const oci::Reference& name, const std::string& pattern);

}  // namespace ibuild::cli
