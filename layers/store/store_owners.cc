#include "layers/store/store_owners.h"

#include "support/files.h"
#include "support/text.h"

namespace ibuild::layers {
namespace {

constexpr std::string_view kReal = "real";
constexpr std::string_view kRecorded = "recorded";

}  // namespace

std::optional<StoreOwners> FindStoreOwners(const StoreSession& session) {
  const auto text = ReadFileIfExists(session.layout().owners(), 64);
  if (!text) return std::nullopt;
  return Trim(*text) == kRecorded ? StoreOwners::kRecorded : StoreOwners::kReal;
}

void KeepStoreOwners(const StoreSession& session, StoreOwners owners) {
  const std::string_view text = owners == StoreOwners::kRecorded ? kRecorded : kReal;
  WriteFileAtomically(session.layout().owners(), std::string(text) + "\n", 0600);
}

}  // namespace ibuild::layers
