#include <algorithm>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/local_images.h"
#include "cli/render/docker_units.h"
#include "cli/render/list_format.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

std::string Shorten(std::string text, std::size_t width) {
  if (text.size() <= width) return text;
  text.resize(width - 3);
  return text + "...";
}

class HistoryCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Value("--format", "FORMAT", "json, table, or a Go template for each line", format_);
    options.Switch("-H,--human", "Sizes and times for people (the default)", human_);
    options.Switch("--no-trunc", "Instructions in full", full_);
    options.Switch("-q,--quiet", "Only ids", quiet_);
    options.Custom("--platform", "OS/ARCH", "Of this platform",
                   [this](const std::string& text) { platform_ = oci::Platform::Parse(text); });
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const LocalImage image =
        platform_ ? FindImage(wiring, operands[0], *platform_) : FindAnyImage(wiring, operands[0]);
    std::size_t layer = 0;
    std::vector<OrderedJson> rows;
    for (const oci::HistoryEntry& entry : image.config.history) {
      rows.push_back(Row(entry, SizeOfEntry(wiring.store(), entry, image, layer)));
    }
    if (!rows.empty()) rows.back()["ID"] = IdOf(image.id());
    std::reverse(rows.begin(), rows.end());  // the newest first
    static const std::vector<ListColumn> kColumns = {{"ID", "IMAGE"},
                                                     {"CreatedSince", "CREATED"},
                                                     {"CreatedAt", "CREATED AT"},
                                                     {"CreatedBy", "CREATED BY"},
                                                     {"Size", "SIZE"},
                                                     {"Comment", "COMMENT"}};
    if (quiet_ && format_.empty()) format_ = "{{.ID}}";
    WriteStandardOutput(
        RenderList(format_, rows, kColumns,
                   {"ID", human_ ? "CreatedSince" : "CreatedAt", "CreatedBy", "Size", "Comment"}));
    return kExitOk;
  }

 private:
  OrderedJson Row(const oci::HistoryEntry& entry, std::uint64_t size) const {
    const auto created = ParseRfc3339(entry.created);
    OrderedJson row;
    row["Comment"] = entry.comment;
    row["CreatedAt"] = created ? FormatRfc3339(*created) : "";
    row["CreatedBy"] = CreatedBy(entry);
    row["CreatedSince"] = created ? DockerAge(*created, Now()) : "N/A";
    row["ID"] = "<missing>";  // images do not remember those that they were made from
    row["Size"] = human_ ? DockerSize(size) : std::to_string(size);
    return row;
  }

  std::string IdOf(const oci::Digest& id) const { return full_ ? id.ToString() : id.Short(); }

  std::string CreatedBy(const oci::HistoryEntry& entry) const {
    std::string text = PrintableText(entry.created_by);
    std::replace(text.begin(), text.end(), '\n', ' ');
    std::replace(text.begin(), text.end(), '\t', ' ');
    return full_ ? text : Shorten(std::move(text), 45);
  }

  // `layer` goes on with every entry that has one.
  static std::uint64_t SizeOfEntry(layers::Store& store, const oci::HistoryEntry& entry,
                                   const LocalImage& image, std::size_t& layer) {
    const auto& layers = image.config.diff_ids;
    if (entry.empty_layer || layer >= layers.size()) return 0;
    const std::size_t place = layer++;
    if (const auto packed = store.layer_directories().FindPacked(layers[place])) {
      return packed->size;
    }
    return place < image.content.layers.size() ? image.content.layers[place].size : 0;
  }

  std::string format_;
  bool human_ = true;
  bool full_ = false;
  bool quiet_ = false;
  std::optional<oci::Platform> platform_;
};

}  // namespace

std::unique_ptr<Command> MakeHistory() { return std::make_unique<HistoryCommand>(); }

}  // namespace ibuild::cli
