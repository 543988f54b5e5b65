#include "cli/images/image_document.h"

#include <fmt/format.h>

#include <algorithm>

#include "support/error.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

OrderedJson OrNull(OrderedJson value) { return value.empty() ? OrderedJson() : value; }

OrderedJson SetOf(const std::set<std::string>& names) {
  OrderedJson object = OrderedJson::object();
  for (const std::string& name : names) object[name] = OrderedJson::object();
  return object;
}

OrderedJson DescribeHealthcheck(const oci::Healthcheck& check) {
  OrderedJson json;
  json["Test"] = check.test;
  if (check.interval.count() != 0) json["Interval"] = check.interval.count();
  if (check.timeout.count() != 0) json["Timeout"] = check.timeout.count();
  if (check.start_period.count() != 0) json["StartPeriod"] = check.start_period.count();
  if (check.start_interval.count() != 0) json["StartInterval"] = check.start_interval.count();
  if (check.retries != 0) json["Retries"] = check.retries;
  return json;
}

// Docker's `container.Config`: its members are there when they are empty, too.
OrderedJson DescribeConfig(const oci::RuntimeConfig& config) {
  OrderedJson json;
  json["Hostname"] = "";
  json["Domainname"] = "";
  json["User"] = config.user;
  for (const char* const name :
       {"AttachStdin", "AttachStdout", "AttachStderr", "Tty", "OpenStdin", "StdinOnce"}) {
    json[name] = false;
  }
  if (!config.exposed_ports.empty()) json["ExposedPorts"] = SetOf(config.exposed_ports);
  json["Env"] = OrNull(config.env);
  json["Cmd"] = OrNull(config.cmd);
  if (config.healthcheck) json["Healthcheck"] = DescribeHealthcheck(*config.healthcheck);
  json["Image"] = "";
  json["Volumes"] = OrNull(SetOf(config.volumes));
  json["WorkingDir"] = config.working_dir;
  json["Entrypoint"] = OrNull(config.entrypoint);
  json["OnBuild"] = OrNull(config.on_build);
  json["Labels"] = OrNull(OrderedJson(config.labels));
  if (!config.stop_signal.empty()) json["StopSignal"] = config.stop_signal;
  if (!config.shell.empty()) json["Shell"] = config.shell;
  return json;
}

OrderedJson DescribeRoot(const oci::ImageConfig& config) {
  OrderedJson layers = OrderedJson::array();
  for (const oci::DiffId& layer : config.diff_ids) layers.push_back(layer.ToString());
  return {{"Type", "layers"}, {"Layers", std::move(layers)}};
}

std::string CommentOf(const oci::ImageConfig& config) {
  return config.history.empty() ? "" : config.history.back().comment;
}

OrderedJson DescribeHistory(const oci::ImageConfig& config) {
  OrderedJson history = OrderedJson::array();
  for (const oci::HistoryEntry& entry : config.history) {
    OrderedJson json;
    json["created"] = entry.created;
    json["created_by"] = entry.created_by;
    if (entry.empty_layer) json["empty_layer"] = true;
    if (!entry.comment.empty()) json["comment"] = entry.comment;
    history.push_back(std::move(json));
  }
  return history;
}

OrderedJson DescribeForDocker(layers::Store& store, const LocalImage& image) {
  const oci::ImageConfig& config = image.config;
  const ImageNames names = NamesOf(store, image.id(), false);
  OrderedJson json;
  json["Id"] = image.id().ToString();
  json["RepoTags"] = names.tags;
  json["RepoDigests"] = names.digests;
  json["Parent"] = "";
  json["Comment"] = CommentOf(config);
  json["Created"] = config.created;
  json["DockerVersion"] = "";
  json["Author"] = config.author;
  json["Config"] = DescribeConfig(config.config);
  json["Architecture"] = config.platform.architecture;
  if (!config.platform.variant.empty()) json["Variant"] = config.platform.variant;
  json["Os"] = config.platform.os;
  json["Size"] = UnpackedSize(store, image);
  json["GraphDriver"] = {{"Data", nullptr}, {"Name", "overlayfs"}};
  json["RootFS"] = DescribeRoot(config);
  json["Metadata"] = {{"LastTagTime", "0001-01-01T00:00:00Z"}};
  json["Descriptor"] = oci::WriteDescriptor(image.root);
  json["Digest"] = image.manifest.digest.ToString();
  return json;
}

OrderedJson DescribeForPodman(layers::Store& store, const LocalImage& image) {
  const oci::ImageConfig& config = image.config;
  const ImageNames names = NamesOf(store, image.id(), true);
  const OrderedJson written = ParseOrderedJson(oci::Serialize(config), "the configuration");
  OrderedJson json;
  json["Id"] = image.id().hex();
  json["Digest"] = image.manifest.digest.ToString();
  json["RepoTags"] = names.tags;
  json["RepoDigests"] = names.digests;
  json["Parent"] = "";
  json["Comment"] = CommentOf(config);
  json["Created"] = config.created;
  json["Config"] = written.value("config", OrderedJson::object());
  json["Version"] = "";
  json["Author"] = config.author;
  json["Architecture"] = config.platform.architecture;
  json["Os"] = config.platform.os;
  json["Size"] = UnpackedSize(store, image);
  json["VirtualSize"] = json["Size"];
  json["GraphDriver"] = {{"Name", "overlay"}, {"Data", OrderedJson::object()}};
  json["RootFS"] = DescribeRoot(config);
  json["Labels"] = OrNull(OrderedJson(config.config.labels));
  json["Annotations"] = image.content.annotations;
  json["ManifestType"] = image.content.media_type;
  json["User"] = config.config.user;
  json["History"] = DescribeHistory(config);
  json["NamesHistory"] = names.tags;
  return json;
}

OrderedJson DescribeForBuildah(layers::Store& store, const LocalImage& image) {
  const std::string config_text = oci::ReadBlob(store.blobs(), image.content.config);
  const std::string manifest_text = oci::ReadBlob(store.blobs(), image.manifest);
  const OrderedJson written = ParseOrderedJson(config_text, "the configuration");
  OrderedJson docker = written;
  docker["config"] = DescribeConfig(image.config.config);
  OrderedJson json;
  json["Type"] = "buildah 0.0.1";
  json["FromImage"] = image.name ? image.name->ToString() : "";
  json["FromImageID"] = image.id().hex();
  json["FromImageDigest"] = image.manifest.digest.ToString();
  json["Config"] = config_text;
  json["Manifest"] = manifest_text;
  json["Container"] = "";
  json["ContainerID"] = "";
  json["ImageAnnotations"] = image.content.annotations;
  json["OCIv1"] = written;
  json["Docker"] = std::move(docker);
  return json;
}

}  // namespace

ImageNames NamesOf(layers::Store& store, const oci::Digest& id, bool in_full) {
  ImageNames names;
  for (const ListedImage& listed : ListImages(store)) {
    if (!listed.name || listed.image.id() != id) continue;
    if (listed.name->tag()) {
      names.tags.push_back(in_full ? listed.name->ToString() : listed.name->Familiar());
    }
    std::optional<oci::Digest> digest = listed.remote;
    if (!digest && in_full) digest = listed.image.manifest.digest;
    if (!digest) continue;
    std::string text = RepositoryName(*listed.name, in_full) + "@" + digest->ToString();
    if (std::find(names.digests.begin(), names.digests.end(), text) == names.digests.end()) {
      names.digests.push_back(std::move(text));
    }
  }
  std::sort(names.tags.begin(), names.tags.end());
  return names;
}

OrderedJson DescribeImage(layers::Store& store, const LocalImage& image, ToolKind tool) {
  if (tool == ToolKind::kPodman) return DescribeForPodman(store, image);
  if (tool == ToolKind::kBuildah) return DescribeForBuildah(store, image);
  return DescribeForDocker(store, image);
}

OrderedJson DescribeWorkingContainer(layers::Store& store, const WorkingContainer& container) {
  const auto image = ReadHostOrAny(store, container.image);
  if (!image) {
    throw Error(ErrorKind::kNotFound,
                fmt::format("the image of working container {} is gone", Quote(container.name)))
        .WithHint(fmt::format("`buildah rm {}` removes it", container.name));
  }
  OrderedJson json = DescribeForBuildah(store, *image);
  json["FromImage"] = container.base.name;
  json["FromImageID"] = container.base.id;
  json["FromImageDigest"] = container.base.digest;
  json["Container"] = container.name;
  json["ContainerID"] = container.Id();
  return json;
}

}  // namespace ibuild::cli
