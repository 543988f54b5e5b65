#include "builder/cache/cached_bases.h"

#include "support/error.h"

namespace ibuild::builder {

bool CachedBases::IsHere(const oci::Reference& reference, const oci::Platform& platform) {
  try {
    inner_.Resolve(reference, platform, oci::PullPolicy::kNever);
    return true;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kCancelled) throw;
    return false;
  }
}

oci::ResolvedImage CachedBases::Resolve(const oci::Reference& reference,
                                        const oci::Platform& platform, oci::PullPolicy policy) {
  // A base that is here does not wait for a cache.
  const bool ask = shared_ != nullptr && policy != oci::PullPolicy::kNever;
  if (ask && !IsHere(reference, platform)) shared_->StoreDocuments();
  return inner_.Resolve(reference, platform, policy);
}

}  // namespace ibuild::builder
