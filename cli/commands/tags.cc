// tags: what a repository has, filtered and sorted.
#include "registry/client/tags.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/registry_options.h"
#include "cli/remote/image_location.h"
#include "cli/remote/tag_order.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "layers/archive/import_archive.h"
#include "registry/client/registry_client.h"
#include "support/error.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

class TagsCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Custom("--filter", "PATTERN", "Tags that match (`1.*`), or a /regular expression/",
                   [this](const std::string& text) { filter_ = text; });
    options.Choice("--sort", {"name", "version"}, "Their order", sort_);
    options.Switch("--omit-digest-tags", "Without tags that are digests (sha256-…)", omit_digests_);
    options.Switch("--full-ref", "Print the name, too", full_);
    options.Choice("--format", {"text", "json", "skopeo"}, "How to print them", format_);
    registry_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    registry_.ApplyTo(wiring.registry_settings());
    const ImageLocation location = ImageLocation::Parse(operands[0]);
    std::vector<std::string> tags = location.kind == PlaceKind::kRegistry
                                        ? OfRegistry(wiring, location.Name().repository())
                                        : OfArchive(wiring, location);
    std::erase_if(tags, [this](const std::string& tag) { return !IsWanted(tag); });
    if (sort_ == "version") std::stable_sort(tags.begin(), tags.end(), IsOlderVersion);
    WriteStandardOutput(Print(location, std::move(tags)));
    return kExitOk;
  }

 private:
  static std::vector<std::string> OfRegistry(Wiring& wiring, const oci::Repository& repository) {
    registry::RepositoryAccess access = wiring.registry().Open(repository, registry::Access::kPull);
    access.stop = wiring.stop();
    return registry::ListTags(access);
  }

  static std::vector<std::string> OfArchive(Wiring& wiring, const ImageLocation& location) {
    if (location.kind != PlaceKind::kDockerArchive && location.kind != PlaceKind::kOciArchive) {
      throw Error(ErrorKind::kUsage, location.ToString() + " has no tags to list");
    }
    std::vector<std::string> names;
    for (const auto& image :
         layers::ReadArchive(wiring.store(), location.path, wiring.reporter())) {
      for (const oci::Reference& name : image.names) names.push_back(name.ToString());
    }
    return names;
  }

  bool IsWanted(const std::string& tag) const {
    if (omit_digests_ && IsDigestTag(tag)) return false;
    return filter_.empty() || MatchesTag(tag, filter_);
  }

  std::string Print(const ImageLocation& location, std::vector<std::string> tags) const {
    if (format_ == "skopeo") {
      OrderedJson json;
      if (location.kind == PlaceKind::kRegistry) {
        json["Repository"] = location.Name().repository().ToString();
      }
      json["Tags"] = tags;
      return DumpJson(json, JsonStyle::kGoIndented) + "\n";
    }
    if (format_ == "json") return DumpJson(OrderedJson(tags), JsonStyle::kIndented) + "\n";
    std::string text;
    const std::string before =
        full_ ? location.Name().repository().ToString() + ":" : std::string();
    for (const std::string& tag : tags) text += before + tag + "\n";
    return text;
  }

  std::string filter_;
  std::string sort_ = "name";
  bool omit_digests_ = false;
  bool full_ = false;
  std::string format_ = "text";
  RegistryOptions registry_;
};

}  // namespace

std::unique_ptr<Command> MakeTags() { return std::make_unique<TagsCommand>(); }

}  // namespace ibuild::cli
