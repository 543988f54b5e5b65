#include "layers/archive/layout_image.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "layers/archive/archive_files.h"
#include "layers/archive/image_layout.h"
#include "layers/archive/layout_importer.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::layers {
namespace {

constexpr const char* kDefaultTag = "latest";

std::string TagOf(const oci::Descriptor& entry) {
  const auto name = entry.annotations.find(std::string(kRefNameKey));
  return name == entry.annotations.end() ? std::string() : name->second;
}

bool IsWanted(const oci::Descriptor& entry, const LayoutImage& image) {
  if (image.digest) return entry.digest == *image.digest;
  return TagOf(entry) == image.tag.value_or(kDefaultTag);
}

Error NoSuchImage(const LayoutImage& image, const std::vector<oci::Descriptor>& entries) {
  const std::string wanted =
      image.digest ? image.digest->ToString() : image.tag.value_or(kDefaultTag);
  Error error(ErrorKind::kNotFound, fmt::format("the layout has no image {}", wanted));
  std::vector<std::string> tags;
  for (const oci::Descriptor& entry : entries) {
    if (const std::string tag = TagOf(entry); !tag.empty()) tags.push_back(PrintableText(tag));
  }
  if (!tags.empty()) error.AddHint("it has " + Join(tags, ", "));
  return error;
}

}  // namespace

oci::Descriptor ChooseLayoutImage(const LayoutImage& image, std::vector<oci::Descriptor> entries) {
  const bool any = !image.tag && !image.digest;
  if (any && entries.size() == 1) return std::move(entries.front());
  for (oci::Descriptor& entry : entries) {
    if (IsWanted(entry, image)) return std::move(entry);
  }
  throw NoSuchImage(image, entries);
}

oci::Descriptor ImportLayoutImage(Store& store, const LayoutImage& image, Reporter& reporter) {
  Activity activity(reporter, "import " + image.path.filename().native());
  return InContext("importing " + image.path.native(), [&] {
    const auto files = OpenArchiveFiles(store, image.path);
    const auto index = files->Read(CleanPath::Parse("index.json"), kArchiveDocumentLimit);
    if (!index) throw Error(ErrorKind::kInvalidInput, "no OCI layout: there is no index.json");
    oci::Descriptor chosen = ChooseLayoutImage(image, ReadLayoutIndex(*index));
    LayoutImporter(store, *files, KnownBlobs::kSkip).Import(chosen);
    chosen.annotations.clear();  // they were about the layout's entry
    activity.Done();
    return chosen;
  });
}

}  // namespace ibuild::layers
