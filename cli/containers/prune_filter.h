// --filter of what prunes containers, networks and volumes, so that only some of what nobody needs
// goes.
//
//   until=(DURATION | TIME) | label[!]=KEY[=VALUE]
//
// All must hold: what was made at `until` or later stays, and so does what lacks a label that is
// asked for or has one that is not to be.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/images/image_filter.h"
#include "support/clock.h"

namespace ibuild::cli {

class PruneFilter {
 public:
  // Throws kUsage for a filter that there is not, and for a second `until`.
  void Add(const std::string& text);

  // `created`: nanoseconds since 1970.
  bool Matches(const std::map<std::string, std::string>& labels, std::int64_t created) const;

  // The same of images.
  ImageFilter ForImages() const;

  // Throws kUsage where there is an `until`: volumes are used long after they were made.
  void RefuseUntil() const;

  bool IsEmpty() const { return texts_.empty(); }
  const std::optional<UnixTime>& until() const { return until_; }
  bool HasLabels() const { return !wanted_.empty() || !unwanted_.empty(); }
  const std::vector<std::string>& texts() const { return texts_; }  // as they were given

 private:
  std::vector<std::string> texts_;
  std::optional<UnixTime> until_;
  std::vector<std::string> wanted_;    // labels, "KEY" or "KEY=VALUE"
  std::vector<std::string> unwanted_;  // of this kind, too
};

}  // namespace ibuild::cli
