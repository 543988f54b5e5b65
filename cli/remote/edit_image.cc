#include "cli/remote/edit_image.h"

#include <fmt/format.h>

#include <algorithm>

#include "support/error.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

OrderedJson ParseConfig(std::string_view text, std::string_view what) {
  OrderedJson config = ParseOrderedJson(text, what);
  if (!config.is_object()) {
    throw Error(ErrorKind::kInvalidInput, fmt::format("{}: expected an object", what));
  }
  return config;
}

// The member as an object or a list, made when it is missing or null.
OrderedJson& Member(OrderedJson& json, const char* name, OrderedJson empty) {
  OrderedJson& member = json[name];
  if (member.type() != empty.type()) member = std::move(empty);
  return member;
}

std::string NameOf(const std::string& assignment) {
  return assignment.substr(0, assignment.find('='));
}

void EditEnvironment(OrderedJson& runtime, const ImageEdit& edit) {
  if (edit.env.empty() && edit.unset_env.empty()) return;
  OrderedJson& env = Member(runtime, "Env", OrderedJson::array());
  const auto is = [](const OrderedJson& entry, const std::string& name) {
    return entry.is_string() && NameOf(entry.get<std::string>()) == name;
  };
  for (const std::string& name : edit.unset_env) {
    env.erase(std::remove_if(env.begin(), env.end(),
                             [&](const OrderedJson& entry) { return is(entry, name); }),
              env.end());
  }
  for (const std::string& assignment : edit.env) {
    const auto known = std::find_if(env.begin(), env.end(), [&](const OrderedJson& entry) {
      return is(entry, NameOf(assignment));
    });
    if (known != env.end()) {
      *known = assignment;
    } else {
      env.push_back(assignment);
    }
  }
}

void EditLabels(OrderedJson& runtime, const ImageEdit& edit) {
  if (edit.labels.empty() && edit.unset_labels.empty()) return;
  OrderedJson& labels = Member(runtime, "Labels", OrderedJson::object());
  for (const std::string& name : edit.unset_labels) labels.erase(name);
  for (const auto& [name, value] : edit.labels) labels[name] = value;
}

void EditRuntime(OrderedJson& runtime, const ImageEdit& edit) {
  EditEnvironment(runtime, edit);
  EditLabels(runtime, edit);
  if (edit.entrypoint) {
    runtime["Entrypoint"] = *edit.entrypoint;
    if (!edit.cmd) runtime.erase("Cmd");  // it was for the other program
  }
  if (edit.cmd) runtime["Cmd"] = *edit.cmd;
  if (edit.user) runtime["User"] = *edit.user;
  if (edit.working_dir) runtime["WorkingDir"] = *edit.working_dir;
  if (edit.stop_signal) runtime["StopSignal"] = *edit.stop_signal;
  for (const std::string& port : edit.exposed_ports) {
    const bool bare = port.find('/') == std::string::npos;
    Member(runtime, "ExposedPorts", OrderedJson::object())[bare ? port + "/tcp" : port] =
        OrderedJson::object();
  }
  for (const std::string& volume : edit.volumes) {
    Member(runtime, "Volumes", OrderedJson::object())[volume] = OrderedJson::object();
  }
}

void AddLayer(OrderedJson& config, const NewLayer& layer) {
  OrderedJson& rootfs = Member(config, "rootfs", OrderedJson::object());
  rootfs["type"] = "layers";
  Member(rootfs, "diff_ids", OrderedJson::array()).push_back(layer.diff_id.ToString());
  OrderedJson entry;
  // The image's own time: the same edit gives the same image on every day.
  if (config.contains("created")) entry["created"] = config["created"];
  entry["created_by"] = layer.created_by;
  Member(config, "history", OrderedJson::array()).push_back(std::move(entry));
}

void SetPlatform(OrderedJson& config, const oci::Platform& platform) {
  config["os"] = platform.os;
  config["architecture"] = platform.architecture;
  config.erase("variant");
  if (!platform.variant.empty()) config["variant"] = platform.variant;
}

// How many entries of the history belong to the first `layers` layers: those that made them, and
// the empty ones between.
std::size_t HistoryOf(const OrderedJson& history, std::size_t layers) {
  std::size_t seen = 0;
  std::size_t end = 0;
  for (std::size_t i = 0; i < history.size() && seen < layers; ++i) {
    if (!history[i].value("empty_layer", false)) ++seen;
    end = i + 1;
  }
  return end;
}

OrderedJson ArrayOf(const OrderedJson& config, const char* outer, const char* inner) {
  if (outer[0] != '\0') {
    if (!config.contains(outer) || !config[outer].is_object()) return OrderedJson::array();
    return ArrayOf(config[outer], "", inner);
  }
  if (!config.contains(inner) || !config[inner].is_array()) return OrderedJson::array();
  return config[inner];
}

}  // namespace

std::string EditConfig(std::string_view text, const ImageEdit& edit,
                       const std::vector<NewLayer>& added, std::string_view what) {
  OrderedJson config = ParseConfig(text, what);
  if (edit.created) config["created"] = *edit.created;
  if (edit.author) config["author"] = *edit.author;
  if (edit.platform) SetPlatform(config, *edit.platform);
  EditRuntime(Member(config, "config", OrderedJson::object()), edit);
  for (const NewLayer& layer : added) AddLayer(config, layer);
  return DumpJson(config, JsonStyle::kGo);
}

RebasedConfig Rebase(const LayeredConfig& image, const LayeredConfig& old_base,
                     const LayeredConfig& new_base) {
  const auto& above = image.manifest.layers;
  const auto& below = old_base.manifest.layers;
  const bool stands_on_it =
      below.size() <= above.size() &&
      std::equal(below.begin(), below.end(), above.begin(),
                 [](const auto& a, const auto& b) { return a.digest == b.digest; });
  if (!stands_on_it) {
    throw Error(ErrorKind::kInvalidInput, "the image does not stand on the old base")
        .WithHint("its first layers must be all layers of the old base");
  }
  OrderedJson config = ParseConfig(image.text, "configuration of the image");
  const OrderedJson fresh = ParseConfig(new_base.text, "configuration of the new base");
  const OrderedJson ids = ArrayOf(config, "rootfs", "diff_ids");
  const OrderedJson history = ArrayOf(config, "", "history");
  OrderedJson new_ids = ArrayOf(fresh, "rootfs", "diff_ids");
  OrderedJson new_history = ArrayOf(fresh, "", "history");
  RebasedConfig rebased{{}, new_base.manifest.layers};
  for (std::size_t i = below.size(); i < above.size(); ++i) {
    rebased.layers.push_back(above[i]);
    if (i < ids.size()) new_ids.push_back(ids[i]);
  }
  // What the old base said after its last layer is not to be seen from here; its own history tells.
  const OrderedJson old = ParseConfig(old_base.text, "configuration of the old base");
  const std::size_t skipped =
      std::max(HistoryOf(history, below.size()),
               std::min(ArrayOf(old, "", "history").size(), history.size()));
  for (std::size_t i = skipped; i < history.size(); ++i) new_history.push_back(history[i]);
  config["rootfs"] = {{"type", "layers"}, {"diff_ids", new_ids}};
  config["history"] = new_history;
  rebased.text = DumpJson(config, JsonStyle::kGo);
  return rebased;
}

std::string FlattenConfig(std::string_view text, const NewLayer& layer, std::string_view what) {
  OrderedJson config = ParseConfig(text, what);
  config["rootfs"] = OrderedJson::object();
  config["history"] = OrderedJson::array();
  AddLayer(config, layer);
  return DumpJson(config, JsonStyle::kGo);
}

}  // namespace ibuild::cli
