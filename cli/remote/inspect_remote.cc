#include "cli/remote/inspect_remote.h"

#include "cli/exit_code.h"
#include "cli/remote/default_platform.h"
#include "cli/remote/describe_image.h"
#include "cli/render/output.h"
#include "cli/template/template.h"
#include "cli/wiring.h"
#include "registry/client/tags.h"
#include "registry/transfer/registry_source.h"
#include "support/error.h"
#include "support/json.h"

namespace ibuild::cli {
namespace {

class Inspection {
 public:
  Inspection(Wiring& wiring, const RemoteInspection& asked)
      : wiring_(wiring),
        asked_(asked),
        platform_(asked.platform.value_or(DefaultPlatform(wiring.settings()))) {}

  // Raw bytes come without a line end: scripts make digests of them.
  std::string AsOurs(const ImageLocation& location) const {
    const OpenedImage image = OpenImage(wiring_, wiring_.registry(), location);
    if (asked_.config) return ReadOneImage(*image.blobs, image.root, platform_).config_text;
    if (asked_.raw) return oci::ReadBlob(*image.blobs, image.root);
    return Print(DescribeRemote(image, location, platform_));
  }

  std::string AsSkopeo(const ImageLocation& location) const {
    const OpenedImage image = OpenImage(wiring_, wiring_.registry(), location);
    if (asked_.config) {
      const std::string text = ReadOneImage(*image.blobs, image.root, platform_).config_text;
      return asked_.raw ? text : Print(ParseOrderedJson(text, "configuration"));
    }
    if (asked_.raw) return oci::ReadBlob(*image.blobs, image.root);
    return Print(DescribeAsSkopeo(image, location, platform_, Tags(image)));
  }

 private:
  // A repository that does not list its tags has images all the same.
  OrderedJson Tags(const OpenedImage& image) const {
    // A template that names other things only does without the request.
    const bool shown = !asked_.format || asked_.format->find("RepoTags") != std::string::npos ||
                       asked_.format->find("json") != std::string::npos;
    if (!asked_.tags || !shown || image.registry == nullptr) return {};
    try {
      return registry::ListTags(image.registry->access());
    } catch (const Error& error) {
      wiring_.reporter().Log(LogLevel::kWarning, error.what());
      return {};
    }
  }

  std::string Print(const OrderedJson& json) const {
    if (!asked_.format) return DumpJson(json, JsonStyle::kGoIndented) + "\n";
    if (*asked_.format == "json") return DumpJson(json, JsonStyle::kGo) + "\n";
    return Template::Parse(*asked_.format).Execute(json) + "\n";
  }

  Wiring& wiring_;
  const RemoteInspection& asked_;
  oci::Platform platform_;
};

}  // namespace

int InspectRemote(Wiring& wiring, const std::vector<std::string>& images,
                  const RemoteInspection& asked) {
  const bool skopeo = wiring.settings().tool == ToolKind::kSkopeo;
  const Inspection inspection(wiring, asked);
  for (const std::string& image : images) {
    WriteStandardOutput(skopeo ? inspection.AsSkopeo(ImageLocation::ParsePrefixed(image))
                               : inspection.AsOurs(ImageLocation::Parse(image)));
  }
  return kExitOk;
}

}  // namespace ibuild::cli
