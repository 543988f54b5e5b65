#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/image_names.h"
#include "cli/images/image_list.h"
#include "cli/render/error_report.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "containers/state/container_store.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

// Removes names, and says so line by line. The files go with the next prune: nothing may wait for
// them here, and a build beside may use them.
class Remover {
 public:
  Remover(Wiring& wiring, bool force) : wiring_(wiring), force_(force) {}

  void Remove(const std::string& operand) {
    const layers::FoundImage found = FindNamed(wiring_, operand);
    if (found.name) {
      const bool last = found.names.size() == 1;
      if (last) RefuseUsed(operand, found);
      Untag(*found.name);
      if (last) Delete(found);
      return;
    }
    RefuseSeveral(operand, found);
    RefuseUsed(operand, found);
    for (const oci::Reference& name : found.names) Untag(name);
    Delete(found);
  }

  void RemoveAll() {
    for (const ListedImage& image : ListImages(wiring_.store())) {
      if (image.name) Untag(*image.name);
      Delete({.descriptor = image.image.root, .names = {}, .name = {}});
    }
  }

  const std::string& lines() const { return lines_; }

 private:
  void RefuseUsed(const std::string& operand, const layers::FoundImage& found) const {
    if (force_) return;
    const std::string id = layers::ImageId(wiring_.store(), found.descriptor).ToString();
    for (const auto& container : containers::ContainerStore(wiring_.store()).List()) {
      if (container.config.image_id != id) continue;
      throw Error(ErrorKind::kInvalidInput,
                  fmt::format("conflict: unable to delete {} (must be forced) - container {} is "
                              "using its referenced image",
                              operand, container.config.ShortId()))
          .WithHint(fmt::format("`ibuild rm {}` removes the container; with `-f` the image goes, "
                                "and its files when the container does",
                                container.config.name));
    }
  }

  void RefuseSeveral(const std::string& operand, const layers::FoundImage& found) const {
    if (force_ || IsContainersTool(wiring_.settings().tool)) return;
    const auto of_first = [&](const oci::Reference& name) {
      return name.repository() == found.names.front().repository();
    };
    if (found.names.size() < 2 || std::all_of(found.names.begin(), found.names.end(), of_first)) {
      return;
    }
    std::vector<std::string> names;
    for (const oci::Reference& name : found.names) names.push_back(name.Familiar());
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("{} has several names: {}", Quote(operand), Join(names, ", ")))
        .WithHint("`-f` removes them all; or name the one to remove");
  }

  void Untag(const oci::Reference& name) {
    if (!wiring_.store().names().Remove(name)) return;
    lines_ += fmt::format("Untagged: {}\n", Displayed(wiring_.settings(), name));
  }

  void Delete(const layers::FoundImage& found) {
    layers::Store& store = wiring_.store();
    const oci::Digest id = layers::ImageId(store, found.descriptor);
    if (!deleted_.insert(id).second) return;
    for (const oci::Descriptor& image : store.names().Untagged()) {
      if (layers::ImageId(store, image) == id) store.names().RemoveUntagged(image.digest);
    }
    lines_ += fmt::format("Deleted: {}\n", id.ToString());
  }

  Wiring& wiring_;
  bool force_;
  std::string lines_;
  std::set<oci::Digest> deleted_;
};

class RmiCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("-f,--force", "Also what has several names; what is not there is no error",
                   force_);
    options.Switch("-a,--all", "All images", all_);
    options.Switch("-i,--ignore", "What is not there is no error", ignore_);
    options.Switch("-p,--prune", "All images without a name", prune_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    if (operands.empty() && !all_ && !prune_) {
      throw Error(ErrorKind::kUsage, "an argument is missing: IMAGE");
    }
    Remover remover(wiring, force_);
    if (all_) remover.RemoveAll();
    if (prune_) wiring.store().names().ClearUntagged();
    int code = kExitOk;
    for (const std::string& operand : operands) {
      try {
        remover.Remove(operand);
      } catch (const Error& error) {
        if (error.kind() == ErrorKind::kNotFound && (force_ || ignore_)) continue;
        // As the others: those that can go, go.
        StandardError()(RenderError(error, Palette(wiring.settings().color)));
        code = kExitFailed;
      }
    }
    WriteStandardOutput(remover.lines());
    return code;
  }

 private:
  bool force_ = false;
  bool all_ = false;
  bool ignore_ = false;
  bool prune_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeRmi() { return std::make_unique<RmiCommand>(); }

}  // namespace ibuild::cli
