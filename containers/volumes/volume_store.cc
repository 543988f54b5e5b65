#include "containers/volumes/volume_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "containers/model/names.h"
#include "containers/volumes/copy_tree.h"
#include "layers/store/store_session.h"
#include "support/clock.h"
#include "support/error.h"
#include "support/files.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::containers {
namespace {

namespace fs = std::filesystem;

std::string Write(const VolumeConfig& config) {
  Json labels = Json::object();
  for (const auto& [name, value] : config.labels) labels[name] = value;
  return DumpJson(Json{{"name", config.name},
                       {"created", config.created},
                       {"anonymous", config.anonymous},
                       {"labels", labels}});
}

VolumeConfig Parse(const std::string& text, const std::string& document) {
  const Json value = ParseJson(text, document);
  const JsonReader json(value, document);
  VolumeConfig config;
  config.name = json.String("name");
  config.created = json.At("created").AsInt();
  config.anonymous = json.At("anonymous").AsBool();
  json.At("labels").ForEachMember([&](const std::string& name, const JsonReader& label) {
    config.labels[name] = label.AsString();
  });
  return config;
}

}  // namespace

std::optional<VolumeConfig> VolumeStore::LookUp(std::string_view name) const {
  if (name.empty() || name.find('/') != std::string_view::npos) return std::nullopt;
  const fs::path file = layout_.volumes() / name / "volume.json";
  const auto text = ReadFileIfExists(file);
  return text ? std::optional(Parse(*text, file.native())) : std::nullopt;
}

VolumeConfig VolumeStore::Find(std::string_view name) const {
  if (auto config = LookUp(name)) return *config;
  throw Error(ErrorKind::kNotFound, fmt::format("get {}: no such volume", PrintableText(name)))
      .WithHint("`ibuild volume ls` lists the volumes");
}

std::vector<VolumeConfig> VolumeStore::List() const {
  std::vector<VolumeConfig> volumes;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(layout_.volumes(), absent)) {
    if (auto config = LookUp(entry.path().filename().native())) volumes.push_back(*config);
  }
  std::sort(volumes.begin(), volumes.end(),
            [](const VolumeConfig& a, const VolumeConfig& b) { return a.name < b.name; });
  return volumes;
}

VolumeConfig VolumeStore::Create(VolumeConfig config) const {
  config.name = config.name.empty() ? RandomHex(32) : CheckName(config.name, "volume");
  if (auto there = LookUp(config.name)) return *there;
  const UnixTime now = Now();
  config.created = now.seconds * 1'000'000'000 + now.nanoseconds;
  MakeDirectories(layout_.volumes(), 0700);
  MakeDirectories(Data(config.name), 0755);
  WriteFileAtomically(layout_.volumes() / config.name / "volume.json", Write(config), 0600);
  return config;
}

void VolumeStore::Remove(const std::string& name) const {
  layers::MoveToTrash(layout_, layout_.volumes() / name);
}

void VolumeStore::Fill(const std::string& name, const layers::LayeredTree& image,
                       const std::string& path) const {
  const FileLock lock =
      FileLock::Acquire(layout_.volumes() / name / "fill", FileLock::Mode::kExclusive);
  const fs::path data = Data(name);
  if (fs::directory_iterator(data) != fs::directory_iterator()) return;
  const auto directory = image.Find(image.Resolve(CleanPath::Parse(path)));
  if (!directory || directory->meta.type != layers::FileType::kDirectory) return;
  CopyContents(image, *directory, data);
}

}  // namespace ibuild::containers
