// BuildTimes: SOURCE_DATE_EPOCH as far as files go.
//
// With an epoch, what a build makes gets the epoch as its time, so that building again gives the
// same bytes; what was there before (files of the context, members of archives) keeps its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "support/clock.h"

namespace ibuild::builder {

struct BuildTimes {
  // The build begins now.
  explicit BuildTimes(std::optional<std::int64_t> source_date_epoch);

  std::optional<UnixTime> epoch;
  UnixTime begin;  // by the clock that files get their times from

  // Gives the epoch to every file of a layer directory that was modified since the build began.
  void Settle(const std::filesystem::path& upper) const;
};

}  // namespace ibuild::builder
