// delete: a tag, or a manifest with all of its tags, from a registry.
//
// Deleting a manifest takes every tag with it that names it. So a tag is deleted as a tag; where a
// registry can only delete manifests, and other tags name the same one, nothing happens without
// --with-all-tags.
#include <fmt/format.h>

#include "cli/commands/remote.h"
#include "cli/exit_code.h"
#include "cli/registry_options.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "registry/client/manifests.h"
#include "registry/client/registry_client.h"
#include "registry/client/tags.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

class DeleteCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("--with-all-tags", "Delete the manifest, whatever other tags it has", all_tags_);
    options.Switch("--dry-run", "Only say what would be deleted", dry_run_);
    registry_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    registry_.ApplyTo(wiring.registry_settings());
    for (const std::string& operand : operands) {
      std::string_view name = operand;
      if (name.starts_with("docker://")) name.remove_prefix(std::string_view("docker://").size());
      InContext("deleting " + std::string(name),
                [&] { Delete(wiring, oci::Reference::Parse(name)); });
    }
    return kExitOk;
  }

 private:
  void Delete(Wiring& wiring, const oci::Reference& name) const {
    registry::RepositoryAccess access =
        wiring.registry().Open(name.repository(), registry::Access::kDelete);
    access.stop = wiring.stop();
    const registry::ManifestClient manifests(access);
    if (name.digest()) return DeleteManifest(wiring, manifests, name, *name.digest());
    const oci::Digest digest = manifests.Get(*name.tag()).descriptor.digest;
    if (all_tags_) return DeleteManifest(wiring, manifests, name, digest);
    if (dry_run_) return Say(wiring, name, "the tag (" + digest.ToString() + ")");
    try {
      if (!manifests.DeleteTag(*name.tag())) throw NotThere();
      return Say(wiring, name, "the tag");
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kUnsupported) throw;
    }
    const std::vector<std::string> others = OtherTags(access, *name.tag(), digest);
    if (!others.empty()) throw WouldTakeMore(others);
    DeleteManifest(wiring, manifests, name, digest);
  }

  void DeleteManifest(Wiring& wiring, const registry::ManifestClient& manifests,
                      const oci::Reference& name, const oci::Digest& digest) const {
    // What was to be gone is gone: a second run of a script is no failure.
    if (!dry_run_ && !manifests.Delete(digest)) {
      return wiring.reporter().Log(LogLevel::kInfo, "there is no manifest " + digest.ToString());
    }
    Say(wiring, name, "manifest " + digest.ToString());
  }

  static std::vector<std::string> OtherTags(const registry::RepositoryAccess& access,
                                            const std::string& tag, const oci::Digest& digest) {
    std::vector<std::string> others;
    for (const std::string& other : registry::ListTags(access)) {
      if (other == tag) continue;
      if (registry::ManifestClient(access).Head(other).digest == digest) others.push_back(other);
    }
    return others;
  }

  static Error NotThere() { return Error(ErrorKind::kNotFound, "it is not there"); }

  static Error WouldTakeMore(const std::vector<std::string>& others) {
    return Error(ErrorKind::kUnsupported,
                 fmt::format("this registry deletes manifests only, and the tags {} name the same "
                             "one",
                             Join(others, ", ")))
        .WithHint("`--with-all-tags` deletes it and all of its tags");
  }

  void Say(Wiring& wiring, const oci::Reference& name, const std::string& what) const {
    wiring.reporter().Log(LogLevel::kInfo,
                          fmt::format("{} {} of {}", dry_run_ ? "would delete" : "deleted", what,
                                      name.repository().ToString()));
  }

  bool all_tags_ = false;
  bool dry_run_ = false;
  RegistryOptions registry_;
};

}  // namespace

std::unique_ptr<Command> MakeDelete() { return std::make_unique<DeleteCommand>(); }

}  // namespace ibuild::cli
