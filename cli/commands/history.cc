#include <algorithm>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/local_images.h"
#include "cli/render/age.h"
#include "cli/render/output.h"
#include "cli/render/table.h"
#include "cli/wiring.h"
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
    options.Switch("--no-trunc", "Instructions in full", full_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const LocalImage image = FindImage(wiring.store(), operands[0]);
    const UnixTime now = Now();
    std::size_t layer = 0;
    std::vector<std::vector<std::string>> rows;
    for (const oci::HistoryEntry& entry : image.config.history) {
      rows.push_back({FormatAge(entry.created, now), CreatedBy(entry),
                      SizeOfEntry(entry, image.content, layer), entry.comment});
    }
    Table table({"CREATED", "CREATED BY", "SIZE", "COMMENT"});
    std::reverse(rows.begin(), rows.end());  // the newest first
    for (auto& row : rows) table.Add(std::move(row));
    WriteStandardOutput(table.Render());
    return kExitOk;
  }

 private:
  std::string CreatedBy(const oci::HistoryEntry& entry) const {
    std::string text = PrintableText(entry.created_by);
    std::replace(text.begin(), text.end(), '\n', ' ');
    std::replace(text.begin(), text.end(), '\t', ' ');
    return full_ ? text : Shorten(std::move(text), 60);
  }

  // `layer` goes on with every entry that has one.
  static std::string SizeOfEntry(const oci::HistoryEntry& entry, const oci::Manifest& manifest,
                                 std::size_t& layer) {
    if (entry.empty_layer || layer >= manifest.layers.size()) return "0 B";
    return FormatByteSize(manifest.layers[layer++].size);
  }

  bool full_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeHistory() { return std::make_unique<HistoryCommand>(); }

}  // namespace ibuild::cli
