#include "cli/images/image_row.h"

#include <algorithm>

#include "cli/render/docker_units.h"
#include "support/json.h"

namespace ibuild::cli {
namespace {

constexpr const char* kNone = "<none>";
constexpr const char* kNotKnown = "N/A";
constexpr std::size_t kShortId = 12;

OrderedJson StartPodmanEntry(const ListedImage& listed) {
  const LocalImage& image = listed.image;
  OrderedJson entry;
  entry["Id"] = image.id().hex();
  entry["ParentId"] = "";
  entry["RepoTags"] = nullptr;
  entry["RepoDigests"] = OrderedJson::array();
  entry["Size"] = listed.size;
  entry["SharedSize"] = 0;
  entry["VirtualSize"] = listed.size;
  entry["Labels"] = image.config.config.labels;
  entry["Containers"] = 0;
  entry["Arch"] = image.config.platform.architecture;
  entry["Digest"] = image.manifest.digest.ToString();
  entry["Os"] = image.config.platform.os;
  entry["Names"] = OrderedJson::array();
  entry["Created"] = listed.created.seconds;
  entry["CreatedAt"] = image.config.created;
  return entry;
}

}  // namespace

std::string DisplayedId(const oci::Digest& id, bool in_full) {
  if (!in_full) return id.hex().substr(0, kShortId);
  return id.ToString();
}

OrderedJson MakeImageRow(const ListedImage& listed, const RowStyle& style) {
  const bool in_full = IsContainersTool(style.tool);
  OrderedJson row;
  row["Containers"] = kNotKnown;
  row["CreatedAt"] = DockerTime(listed.created);
  row["CreatedSince"] = DockerAge(listed.created, style.now);
  row["Created"] = row["CreatedSince"];
  row["Digest"] = listed.remote ? listed.remote->ToString()
                  : in_full     ? listed.image.manifest.digest.ToString()
                                : kNone;
  row["ID"] = DisplayedId(listed.image.id(), style.full_ids);
  row["Repository"] = listed.name ? RepositoryName(*listed.name, in_full) : kNone;
  row["SharedSize"] = kNotKnown;
  row["Size"] = DockerSize(listed.size);
  row["Tag"] = listed.name ? listed.name->tag().value_or(kNone) : kNone;
  row["UniqueSize"] = kNotKnown;
  row["VirtualSize"] = row["Size"];
  return row;
}

const std::vector<ListColumn>& ImageColumns() {
  static const std::vector<ListColumn> columns = {
      {"Repository", "REPOSITORY"},  {"Tag", "TAG"},
      {"Digest", "DIGEST"},          {"ID", "IMAGE ID"},
      {"CreatedSince", "CREATED"},   {"Created", "CREATED"},
      {"CreatedAt", "CREATED AT"},   {"Size", "SIZE"},
      {"Containers", "CONTAINERS"},  {"SharedSize", "SHARED SIZE"},
      {"UniqueSize", "UNIQUE SIZE"}, {"VirtualSize", "SIZE"},
  };
  return columns;
}

std::string PodmanImagesJson(const std::vector<ListedImage>& images) {
  OrderedJson all = OrderedJson::array();
  for (const ListedImage& listed : images) {
    const std::string id = listed.image.id().hex();
    auto entry = std::find_if(all.begin(), all.end(),
                              [&](const OrderedJson& known) { return known["Id"] == id; });
    if (entry == all.end()) entry = all.insert(all.end(), StartPodmanEntry(listed));
    if (!listed.name) continue;
    (*entry)["Names"].push_back(listed.name->ToString());
    const oci::Digest& digest = listed.remote ? *listed.remote : listed.image.manifest.digest;
    (*entry)["RepoDigests"].push_back(listed.name->repository().ToString() + "@" +
                                      digest.ToString());
  }
  return DumpJson(all, JsonStyle::kIndented) + "\n";
}

}  // namespace ibuild::cli
