#include "cli/cache_limit_options.h"

#include <fmt/format.h>

#include "cli/layer_of_record.h"
#include "layers/store/cache_contents.h"
#include "layers/store/prune_note.h"

namespace ibuild::cli {

void CacheLimitOptions::Declare(OptionSet& options, bool reserved_alone_trims) {
  reserved_alone_trims_ = reserved_alone_trims;
  options.Filter("--filter", "until=AGE: of the cache, what was not used for so long (24h)",
                 [this](const std::string& text) { Add(text); });
  const auto limit = [&](const char* option, const char* name, const char* help) {
    options.Custom(option, "SIZE", help, [this, name](const std::string& text) {
      Add(fmt::format("{}={}", name, text));
    });
  };
  limit("--max-used-space", "max-used-space", "Make the cache no larger than this");
  limit("--keep-storage", "max-used-space", "The same as --max-used-space");
  limit("--reserved-space", "reserved-space", "Of the cache, so much stays whatever else is said");
  limit("--min-free-space", "min-free-space", "Make room until the disk has so much left");
}

void CacheLimitOptions::Add(const std::string& text) {
  layers::ParseCacheLimits(text);  // a wrong one is told at once
  text_ += (text_.empty() ? "" : ",") + text;
}

layers::CacheLimits CacheLimitOptions::Limits(bool whole_cache) const {
  layers::CacheLimits limits = layers::ParseCacheLimits(text_);
  if ((whole_cache || reserved_alone_trims_) && limits.IsEmpty() && limits.reserved_bytes != 0) {
    limits.most_bytes = limits.reserved_bytes;
  }
  return limits;
}

layers::PruneReport CacheLimitOptions::Remove(layers::Store& store,
                                              const layers::PruneOptions& without,
                                              const std::string& command) const {
  const layers::CacheLimits limits = Limits(without.cache);
  layers::PruneOptions rest = without;
  if (!limits.IsEmpty()) rest.cache = false;
  const layers::PruneReport report =
      limits.IsEmpty() ? layers::Prune(store, rest)
                       : layers::TrimCache(store, limits, LayerOfRecord, std::move(rest));
  if (!without.dry_run && report.records != 0) {
    const std::string said = text_.empty() ? "" : " (" + text_ + ")";
    layers::NotePrune(store, {.time = Now(), .rule = fmt::format("`{}`{}", command, said)});
  }
  return report;
}

}  // namespace ibuild::cli
