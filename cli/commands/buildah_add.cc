#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/image_names.h"
#include "cli/wiring.h"
#include "cli/working/derive.h"
#include "cli/working/working_container.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

namespace fs = std::filesystem;

// `buildah copy` and `buildah add`: an instruction over the whole file system as the context, since
// sources may lie anywhere.
class AddCommand final : public Command {
 public:
  explicit AddCommand(std::string_view instruction) : instruction_(instruction) {}

  void Declare(OptionSet& options) override {
    options.Value("--chown", "USER[:GROUP]", "Who owns the files", chown_);
    options.Value("--chmod", "MODE", "Permissions of the files", chmod_);
    options.Value("--from", "IMAGE", "Copy from an image or a working container", from_);
    options.Value("--contextdir", "DIR", "Where relative sources are", context_);
    options.Value("--checksum", "DIGEST", "What an ADDed URL must be", checksum_);
    options.Switch("-q,--quiet", "Do not print a digest; always so", quiet_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    WorkingContainers containers(wiring.store());
    WorkingContainer container = containers.Find(operands[0]);
    const std::string text = Instruction(wiring, {operands.begin() + 1, operands.end()});
    wiring.settings().progress = "quiet";
    container.image =
        Derive(wiring, {.base = container.image, .instructions = text, .context = "/"});
    containers.Set(container);
    return kExitOk;
  }

 private:
  // The last operand is the target; alone it is a source, for the working directory.
  std::string Instruction(Wiring& wiring, std::vector<std::string> operands) const {
    std::string target = ".";
    if (operands.size() > 1) {
      target = operands.back();
      operands.pop_back();
    }
    std::vector<std::string> words;
    for (const std::string& source : operands) words.push_back(JsonWord(Source(source)));
    if (operands.size() > 1 && !target.ends_with('/')) target += '/';
    words.push_back(JsonWord(target));
    return fmt::format("{}{} [{}]\n", instruction_, Flags(wiring), Join(words, ", "));
  }

  std::string Source(const std::string& source) const {
    if (from_ || source.find("://") != std::string::npos) return source;
    const fs::path base = context_ ? fs::absolute(*context_) : fs::current_path();
    return (base / source).lexically_normal().native();
  }

  std::string Flags(Wiring& wiring) const {
    std::string flags;
    if (chown_) flags += " --chown=" + *chown_;
    if (chmod_) flags += " --chmod=" + *chmod_;
    if (checksum_) flags += " --checksum=" + *checksum_;
    if (from_) flags += " --from=" + FromName(wiring);
    return flags;
  }

  std::string FromName(Wiring& wiring) const {
    for (const WorkingContainer& container : WorkingContainers(wiring.store()).List()) {
      if (container.name != *from_) continue;
      return ReferenceTo(wiring, {.descriptor = container.image, .names = {}, .name = {}})
          .ToString();
    }
    return *from_;
  }

  std::string_view instruction_;
  std::optional<std::string> chown_;
  std::optional<std::string> chmod_;
  std::optional<std::string> from_;
  std::optional<std::string> context_;
  std::optional<std::string> checksum_;
  bool quiet_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeBuildahAdd() { return std::make_unique<AddCommand>("ADD"); }
std::unique_ptr<Command> MakeBuildahCopy() { return std::make_unique<AddCommand>("COPY"); }

}  // namespace ibuild::cli
