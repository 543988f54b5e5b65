#include "cli/working/working_container.h"

#include <fmt/format.h>

#include <algorithm>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

constexpr const char* kHost = "working.ibuild";
constexpr std::size_t kShortestId = 4;
// Of the name's entry, never of an image.
constexpr const char* kBaseName = "ibuild.working.base.name";
constexpr const char* kBaseId = "ibuild.working.base.id";
constexpr const char* kBaseDigest = "ibuild.working.base.digest";

oci::Reference NameInStore(const std::string& name) {
  try {
    return oci::Reference::Parse(fmt::format("{}/{}:latest", kHost, name));
  } catch (const Error&) {
    throw Error(ErrorKind::kUsage, fmt::format("{} is no name for a container", Quote(name)))
        .WithHint("lower-case letters, digits, `-`, `_` and `.` make a name");
  }
}

std::string Take(oci::Annotations& annotations, const char* key) {
  const auto found = annotations.extract(key);
  return found.empty() ? std::string() : found.mapped();
}

WorkingContainer FromEntry(const std::string& name, oci::Descriptor entry) {
  WorkingBase base{.name = Take(entry.annotations, kBaseName),
                   .id = Take(entry.annotations, kBaseId),
                   .digest = Take(entry.annotations, kBaseDigest)};
  return {name, std::move(entry), std::move(base)};
}

oci::Descriptor ToEntry(const WorkingContainer& container) {
  oci::Descriptor entry = container.image;
  if (container.base.name.empty()) return entry;
  entry.annotations[kBaseName] = container.base.name;
  entry.annotations[kBaseId] = container.base.id;
  entry.annotations[kBaseDigest] = container.base.digest;
  return entry;
}

}  // namespace

std::string WorkingContainer::Id() const {
  return oci::Digest::OfText("working container " + name).hex();
}

bool IsWorkingName(const oci::Reference& name) { return name.repository().host.name() == kHost; }

std::vector<WorkingContainer> WorkingContainers::List() const {
  std::vector<WorkingContainer> containers;
  for (const layers::NamedImage& image : store_.names().List()) {
    if (!IsWorkingName(image.name)) continue;
    containers.push_back(FromEntry(image.name.repository().path, image.descriptor));
  }
  return containers;
}

std::optional<WorkingContainer> WorkingContainers::LookUp(std::string_view name) const {
  const std::vector<WorkingContainer> all = List();
  const auto found = std::find_if(all.begin(), all.end(), [&](const WorkingContainer& container) {
    return container.name == name ||
           (name.size() >= kShortestId && container.Id().starts_with(name));
  });
  return found == all.end() ? std::nullopt : std::optional(*found);
}

WorkingContainer WorkingContainers::Find(std::string_view name) const {
  if (auto found = LookUp(name)) return *std::move(found);
  throw Error(ErrorKind::kNotFound,
              fmt::format("there is no working container {}", Quote(PrintableText(name))))
      .WithHint("`buildah containers` lists them; `buildah from IMAGE` makes one");
}

std::string WorkingContainers::FreeName(std::string_view base) const {
  const std::string stem =
      base.empty() ? "working-container" : std::string(base) + "-working-container";
  const std::vector<WorkingContainer> all = List();
  const auto taken = [&](const std::string& name) {
    return std::any_of(all.begin(), all.end(),
                       [&](const WorkingContainer& container) { return container.name == name; });
  };
  std::string name = stem;
  for (int number = 1; taken(name); ++number) name = fmt::format("{}-{}", stem, number);
  return name;
}

void WorkingContainers::Set(const WorkingContainer& container) {
  const oci::Reference name = NameInStore(container.name);
  const auto before = store_.names().Find(name);
  store_.names().Set({{name, ToEntry(container)}});
  // What the container was before is nobody's image.
  if (before && before->digest != container.image.digest) {
    store_.names().RemoveUntagged(before->digest);
  }
}

void WorkingContainers::Remove(const WorkingContainer& container) {
  store_.names().Remove(NameInStore(container.name));
}

}  // namespace ibuild::cli
