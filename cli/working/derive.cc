#include "cli/working/derive.h"

#include <fmt/format.h>

#include <atomic>

#include "cli/building/run_build.h"
#include "cli/image_names.h"
#include "cli/local_images.h"
#include "cli/render/output.h"
#include "support/error.h"
#include "support/json.h"

namespace ibuild::cli {
namespace {

// What the steps print is the result; how far they are nobody needs to know.
class OutputReporter final : public Reporter {
 public:
  ActivityId Begin(std::string_view) override { return ++last_; }
  void Advance(ActivityId, std::uint64_t, std::uint64_t) override {}
  void Output(ActivityId, std::string_view bytes) override { WriteStandardOutput(bytes); }
  void Note(ActivityId, std::string_view) override {}
  void End(ActivityId, ActivityState, std::string_view) override {}
  void Log(LogLevel, std::string_view) override {}

 private:
  std::atomic<ActivityId> last_ = 0;
};

std::string FromLine(Wiring& wiring, const std::optional<oci::Descriptor>& base) {
  if (!base) return "FROM scratch\n";
  return fmt::format(
      "FROM {}\n", ReferenceTo(wiring, {.descriptor = *base, .names = {}, .name = {}}).ToString());
}

}  // namespace

oci::Descriptor Derive(Wiring& wiring, const Derivation& derivation) {
  builder::BuildRequest request;
  request.dockerfile =
      SourceText("instructions", FromLine(wiring, derivation.base) + derivation.instructions);
  request.context.directory = derivation.context;
  request.context.apply_ignore_file = false;
  request.steps = derivation.steps;
  request.source_limit.bytes = wiring.settings().source_limit;
  if (derivation.base && derivation.base->platform) {
    request.platforms = {*derivation.base->platform};
  }
  if (!derivation.shows_output) return BuildHere(wiring, request, wiring.resolver()).root;
  OutputReporter reporter;
  request.cache.no_cache = true;
  return BuildHere(wiring, request, wiring.resolver(), &reporter).root;
}

oci::Descriptor EditConfig(layers::Store& store, const oci::Descriptor& image,
                           const std::function<void(oci::ImageConfig&)>& edit) {
  auto local = ReadHostOrAny(store, image);
  if (!local) throw Error(ErrorKind::kNotFound, "the store has not all of the image");
  edit(local->config);
  oci::Manifest manifest = local->content;
  manifest.config =
      oci::PutBlob(store.blobs(), manifest.config.media_type, oci::Serialize(local->config));
  oci::Descriptor edited =
      oci::PutBlob(store.blobs(), manifest.media_type, oci::Serialize(manifest));
  edited.platform = image.platform;
  return edited;
}

std::string JsonWord(std::string_view text) {
  std::string word;
  for (const char c : text) {
    if (c == '$' || c == '\\') word += '\\';
    word += c;
  }
  return DumpJson(Json(word));
}

}  // namespace ibuild::cli
