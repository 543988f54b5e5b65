// diff: what sets two images apart: configuration, layers, files by content.
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/remote.h"
#include "cli/exit_code.h"
#include "cli/progress_options.h"
#include "cli/registry_options.h"
#include "cli/remote/default_platform.h"
#include "cli/remote/open_image.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "layers/archive/file_list.h"
#include "support/json.h"

namespace ibuild::cli {
namespace {

// One difference: '-' only in the first, '+' only in the second, 'M' changed.
struct Difference {
  char sign = 'M';
  std::string what;
  std::string from = {};
  std::string to = {};
};

// NOLINTNEXTLINE(misc-no-recursion): ParseJson bounds the nesting
void CompareJson(const std::string& path, const OrderedJson& a, const OrderedJson& b,
                 std::vector<Difference>& found) {
  if (a == b) return;
  // What is not there has no members, so that each one of the other is told by its name.
  if (a.is_null() && b.is_object() && !b.empty()) {
    return CompareJson(path, OrderedJson::object(), b, found);
  }
  if (b.is_null() && a.is_object() && !a.empty()) {
    return CompareJson(path, a, OrderedJson::object(), found);
  }
  if (!a.is_object() || !b.is_object()) {
    const char sign = a.is_null() ? '+' : b.is_null() ? '-' : 'M';
    found.push_back({sign, path, DumpJson(a), DumpJson(b)});
    return;
  }
  const auto below = [&](const std::string& key) { return path.empty() ? key : path + "." + key; };
  for (const auto& [key, value] : a.items()) {
    CompareJson(below(key), value, b.contains(key) ? b[key] : OrderedJson(), found);
  }
  for (const auto& [key, value] : b.items()) {
    if (!a.contains(key)) CompareJson(below(key), OrderedJson(), value, found);
  }
}

void CompareLayers(const oci::Manifest& a, const oci::Manifest& b, std::vector<Difference>& found) {
  const auto has = [](const oci::Manifest& manifest, const oci::Descriptor& layer) {
    return std::any_of(manifest.layers.begin(), manifest.layers.end(),
                       [&](const auto& known) { return known.digest == layer.digest; });
  };
  for (const auto& layer : a.layers) {
    if (!has(b, layer)) found.push_back({'-', layer.digest.ToString()});
  }
  for (const auto& layer : b.layers) {
    if (!has(a, layer)) found.push_back({'+', layer.digest.ToString()});
  }
}

using Files = std::map<std::string, layers::ListedFile>;

void CompareFiles(const Files& a, const Files& b, std::vector<Difference>& found) {
  for (const auto& [path, file] : a) {
    const auto other = b.find(path);
    if (other == b.end()) {
      found.push_back({'-', "/" + path});
    } else if (!file.SameAs(other->second)) {
      found.push_back({'M', "/" + path});
    }
  }
  for (const auto& [path, file] : b) {
    if (!a.contains(path)) found.push_back({'+', "/" + path});
  }
}

class DiffCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("--files", "Compare the files, too (reads every layer)", files_);
    options.Choice("--format", {"text", "json"}, "How to print it", format_);
    options.Custom("--platform", "OS/ARCH", "Of the images for this platform",
                   [this](const std::string& text) { platform_ = oci::Platform::Parse(text); });
    progress_.Declare(options);
    registry_.Declare(options);
  }

  // As diff(1): 0 for the same, 1 for different.
  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    progress_.ApplyTo(wiring.settings());
    registry_.ApplyTo(wiring.registry_settings());
    const oci::Platform platform = platform_.value_or(DefaultPlatform(wiring.settings()));
    const OpenedImage first =
        OpenImage(wiring, wiring.registry(), ImageLocation::Parse(operands[0]));
    const OpenedImage second =
        OpenImage(wiring, wiring.registry(), ImageLocation::Parse(operands[1]));
    const ReadImageParts a = ReadOneImage(*first.blobs, first.root, platform);
    const ReadImageParts b = ReadOneImage(*second.blobs, second.root, platform);
    std::vector<std::pair<std::string, std::vector<Difference>>> parts = {
        {"config", {}}, {"layers", {}}, {"files", {}}};
    CompareJson("", ParseOrderedJson(a.config_text, "configuration"),
                ParseOrderedJson(b.config_text, "configuration"), parts[0].second);
    CompareLayers(a.manifest, b.manifest, parts[1].second);
    if (files_ && !parts[1].second.empty()) {
      CompareFiles(layers::ListFiles(*first.blobs, a.manifest.layers),
                   layers::ListFiles(*second.blobs, b.manifest.layers), parts[2].second);
    }
    WriteStandardOutput(format_ == "json" ? AsJson(parts) : AsText(parts));
    const bool same = std::all_of(parts.begin(), parts.end(),
                                  [](const auto& part) { return part.second.empty(); });
    return same ? kExitOk : kExitFailed;
  }

 private:
  using Parts = std::vector<std::pair<std::string, std::vector<Difference>>>;

  static std::string AsText(const Parts& parts) {
    std::string text;
    for (const auto& [name, differences] : parts) {
      if (!differences.empty()) text += name + ":\n";
      for (const Difference& each : differences) {
        text += fmt::format("  {} {}", each.sign, each.what);
        if (!each.from.empty() || !each.to.empty()) {
          text += fmt::format(": {} -> {}", each.from, each.to);
        }
        text += "\n";
      }
    }
    return text;
  }

  static std::string AsJson(const Parts& parts) {
    OrderedJson json;
    for (const auto& [name, differences] : parts) {
      OrderedJson list = OrderedJson::array();
      for (const Difference& each : differences) {
        OrderedJson entry;
        entry["change"] = each.sign == '+' ? "added" : each.sign == '-' ? "removed" : "changed";
        entry["what"] = each.what;
        if (!each.from.empty()) entry["from"] = each.from;
        if (!each.to.empty()) entry["to"] = each.to;
        list.push_back(std::move(entry));
      }
      json[name] = std::move(list);
    }
    return DumpJson(json, JsonStyle::kIndented) + "\n";
  }

  bool files_ = false;
  std::string format_ = "text";
  std::optional<oci::Platform> platform_;
  ProgressOptions progress_;
  RegistryOptions registry_;
};

}  // namespace

std::unique_ptr<Command> MakeImageDiff() { return std::make_unique<DiffCommand>(); }

}  // namespace ibuild::cli
