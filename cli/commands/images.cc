#include <algorithm>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/images/image_filter.h"
#include "cli/images/image_row.h"
#include "cli/render/list_format.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "layers/store/image_parts.h"
#include "support/json.h"

namespace ibuild::cli {
namespace {

class ImagesCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("-a,--all", "All images; always so", all_);
    options.Filter("-f,--filter",
                   "Only some: dangling, label, reference, before, since, until; repeat",
                   [this](const std::string& text) { filter_.Add(text); });
    options.Value("--format", "FORMAT", "json, table, or a Go template for each image", format_);
    options.Switch("-q,--quiet", "Only the image ids", quiet_);
    options.Switch("--no-trunc", "Ids in full", full_ids_);
    options.Switch("--digests", "Show the digests that registries know", digests_);
    options.Switch("-n,--noheading", "No line with the names of the columns", no_heading_);
    options.Choice("--sort", {"created", "id", "repository", "size", "tag"},
                   "By what the lines are sorted", sort_);
    options.Switch("--tree", "A line for each image; always so", all_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    if (!operands.empty()) filter_.AddReference(operands[0]);
    const UnixTime now = Now();
    std::vector<ListedImage> images = filter_.Apply(ListImages(wiring.store()), now);
    const RowStyle style{.tool = wiring.settings().tool, .full_ids = full_ids_, .now = now};
    if (quiet_ && format_.empty()) format_ = "{{.ID}}";
    if (format_ == "json" && IsContainersTool(style.tool)) {
      WriteStandardOutput(PodmanImagesJson(images));
      return kExitOk;
    }
    std::vector<OrderedJson> rows;
    Sort(images);
    bool damaged = false;
    for (const ListedImage& image : images) {
      const bool whole = layers::FindMissing(wiring.store(), image.image.root).empty();
      damaged = damaged || !whole;
      if (!whole && quiet_) continue;
      rows.push_back(MakeImageRow(image, style));
      if (whole) continue;
      rows.back()["ID"] = "<damaged>";
      rows.back()["CreatedSince"] = "";
      rows.back()["Size"] = "";
    }
    std::string text = RenderList(format_, rows, ImageColumns(), Shown());
    const bool heading = format_.empty() || format_.starts_with("table");
    if (no_heading_ && heading) text.erase(0, text.find('\n') + 1);
    WriteStandardOutput(text);
    if (damaged) {
      wiring.reporter().Log(LogLevel::kWarning,
                            "what is damaged lacks parts that it had: pull or build it again, or "
                            "remove its name with `ibuild rmi NAME`");
    }
    return kExitOk;
  }

 private:
  // They come by age.
  void Sort(std::vector<ListedImage>& images) const {
    const auto by = [&](const auto& key) { std::ranges::stable_sort(images, {}, key); };
    if (sort_ == "id") by([](const ListedImage& each) { return each.image.id(); });
    if (sort_ == "size") by([](const ListedImage& each) { return each.size; });
    if (sort_ == "repository" || sort_ == "tag") {
      by([this](const ListedImage& each) {
        if (!each.name) return std::string();
        return sort_ == "tag" ? each.name->tag().value_or("") : each.name->Familiar();
      });
    }
  }

  std::vector<std::string_view> Shown() const {
    if (digests_) return {"Repository", "Tag", "Digest", "ID", "CreatedSince", "Size"};
    return {"Repository", "Tag", "ID", "CreatedSince", "Size"};
  }

  ImageFilter filter_;
  std::string format_;
  std::string sort_ = "created";
  bool no_heading_ = false;
  bool all_ = false;
  bool quiet_ = false;
  bool full_ids_ = false;
  bool digests_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeImages() { return std::make_unique<ImagesCommand>(); }

}  // namespace ibuild::cli
