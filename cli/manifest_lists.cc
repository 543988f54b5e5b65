#include "cli/manifest_lists.h"

#include <fmt/format.h>

#include "builder/assemble/image_assembler.h"
#include "oci/media_type.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {

std::vector<oci::Descriptor> ListEntries(layers::Store& store, const oci::Descriptor& list) {
  const auto document =
      oci::ParseManifest(oci::ReadBlob(store.blobs(), list), list.media_type, "the list");
  return std::get<oci::Index>(document).manifests;
}

void SetList(layers::Store& store, const oci::Reference& name,
             const std::vector<oci::Descriptor>& entries) {
  const auto before = store.names().Find(name);
  const oci::Descriptor list = builder::StoreIndex(entries, store.blobs());
  store.names().Set({{name, list}});
  // What the list was before is nobody's.
  if (before && before->digest != list.digest) store.names().RemoveUntagged(before->digest);
}

void AddEach(std::vector<oci::Descriptor>& entries, const std::vector<oci::Descriptor>& more) {
  for (const oci::Descriptor& entry : more) {
    std::erase_if(entries, [&](const auto& known) { return known.digest == entry.digest; });
    entries.push_back(entry);
  }
}

void RefuseImageAsList(layers::Store& store, const oci::Reference& name) {
  const auto known = store.names().Find(name);
  if (!known || oci::IsIndexType(known->media_type)) return;
  throw Error(ErrorKind::kInvalidInput, fmt::format("{} is an image, no list", name.Familiar()))
      .WithHint("give the list another name, or remove the image by `rmi`");
}

void AddToList(layers::Store& store, const oci::Reference& name,
               const std::vector<oci::Descriptor>& images) {
  RefuseImageAsList(store, name);
  const auto known = store.names().Find(name);
  std::vector<oci::Descriptor> entries;
  if (known) entries = ListEntries(store, *known);
  AddEach(entries, images);
  SetList(store, name, entries);
}

}  // namespace ibuild::cli
