// Referrers: manifests whose `subject` is a given one (distribution-spec "Listing Referrers"), by
// the API where the registry has it, else by the fallback tag.
#pragma once

#include <string>
#include <vector>

#include "oci/descriptor.h"
#include "registry/client/repository_access.h"

namespace ibuild::registry {

// "sha256-<hex>": where a registry without the API keeps the list.
std::string ReferrersTag(const oci::Digest& subject);

// `artifact_type` empty: all. An index under the fallback tag is believed only when it is not the
// subject itself, which some registries answer with.
std::vector<oci::Descriptor> ListReferrers(const RepositoryAccess& access,
                                           const oci::Digest& subject,
                                           const std::string& artifact_type = {});

// Sees to it that `referrer`, whose manifest has been put and names `subject`, is found from it: by
// the registry, where it has the API, else by the fallback tag, written so that an entry that
// another writer adds at the same time is not lost.
void RecordReferrer(const RepositoryAccess& access, const oci::Digest& subject,
                    const oci::Descriptor& referrer);

}  // namespace ibuild::registry
