#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/local_images.h"
#include "cli/render/age.h"
#include "cli/render/output.h"
#include "cli/render/table.h"
#include "cli/wiring.h"
#include "layers/store/image_parts.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

class ImagesCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("-q,--quiet", "Only the image ids", quiet_);
    options.Switch("--no-trunc", "Ids in full", full_ids_);
    options.Switch("--digests", "Show the digests of the manifests", digests_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    layers::Store& store = wiring.store();
    std::string lines;
    Table table(Header());
    const UnixTime now = Now();
    bool damaged = false;
    for (const layers::NamedImage& named : store.names().List()) {
      if (!operands.empty() && !Matches(named.name, operands[0])) continue;
      if (!layers::FindMissing(store.blobs(), named.descriptor).empty()) {
        table.Add(DamagedRow(named));
        damaged = true;
        continue;
      }
      const auto image = ReadImage(store, named.descriptor, oci::Platform::Host());
      if (!image) continue;
      lines += IdOf(*image) + "\n";
      table.Add(Row(named.name, *image, now));
    }
    WriteStandardOutput(quiet_ ? lines : table.Render());
    if (damaged) {
      wiring.reporter().Log(LogLevel::kWarning,
                            "what is damaged lacks parts that it had: pull or build it again, or "
                            "remove its name with `ibuild rmi NAME`");
    }
    return kExitOk;
  }

 private:
  // A name without tag means all tags of the repository, as users of docker expect.
  static bool Matches(const oci::Reference& name, const std::string& wanted) {
    const oci::Reference reference = oci::Reference::Parse(wanted);
    if (name == reference) return true;
    const bool whole_repository =
        !reference.digest() && wanted.find(':', wanted.rfind('/') + 1) == std::string::npos;
    return whole_repository && name.repository() == reference.repository();
  }

  std::string IdOf(const LocalImage& image) const {
    return full_ids_ ? image.id().ToString() : image.id().Short();
  }

  std::vector<std::string> Header() const {
    if (digests_) return {"REPOSITORY", "TAG", "DIGEST", "IMAGE ID", "CREATED", "SIZE"};
    return {"REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"};
  }

  std::vector<std::string> BeginRow(const oci::Reference& name, const oci::Digest& digest) const {
    const oci::Reference bare(name.repository(), "x", std::nullopt);
    std::string repository = bare.Familiar();
    repository.resize(repository.size() - 2);  // ":x"
    std::vector<std::string> row = {repository, name.tag().value_or("<none>")};
    if (digests_) row.push_back(digest.ToString());
    return row;
  }

  std::vector<std::string> DamagedRow(const layers::NamedImage& image) const {
    std::vector<std::string> row = BeginRow(image.name, image.descriptor.digest);
    row.insert(row.end(), {"<damaged>", "", ""});
    return row;
  }

  std::vector<std::string> Row(const oci::Reference& name, const LocalImage& image,
                               UnixTime now) const {
    std::vector<std::string> row = BeginRow(name, image.root.digest);
    row.push_back(IdOf(image));
    row.push_back(FormatAge(image.config.created, now));
    row.push_back(FormatByteSize(SizeOf(image.content)));
    return row;
  }

  bool quiet_ = false;
  bool full_ids_ = false;
  bool digests_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeImages() { return std::make_unique<ImagesCommand>(); }

}  // namespace ibuild::cli
