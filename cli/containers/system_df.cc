// system df: what images, containers, volumes and the build cache take on the disk.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/containers/commands.h"
#include "cli/containers/format.h"
#include "cli/containers/open_engine.h"
#include "cli/exit_code.h"
#include "cli/images/image_list.h"
#include "cli/layer_of_record.h"
#include "cli/render/docker_units.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "containers/engine/engine.h"
#include "layers/store/cache_contents.h"
#include "layers/store/tree_size.h"
#include "support/json.h"

namespace ibuild::cli {
namespace {

using containers::Container;

struct DiskUse {
  const char* name;
  std::size_t total = 0;
  std::size_t active = 0;
  std::uint64_t bytes = 0;
  std::uint64_t reclaimable = 0;
};

DiskUse OfImages(layers::Store& store, const std::vector<Container>& containers) {
  DiskUse use{.name = "Images"};
  std::set<std::string> used;
  for (const Container& container : containers) used.insert(container.config.image_id);
  std::set<std::string> seen;
  for (const ListedImage& image : ListImages(store)) {
    const std::string id = image.image.id().ToString();
    if (!seen.insert(id).second) continue;
    ++use.total;
    use.bytes += image.size;
    if (used.count(id) == 1) {
      ++use.active;
    } else {
      use.reclaimable += image.size;
    }
  }
  return use;
}

DiskUse OfContainers(const std::vector<Container>& containers) {
  DiskUse use{.name = "Containers"};
  for (const Container& container : containers) {
    const std::uint64_t bytes = layers::SizeOnDisk(container.files.upper());
    ++use.total;
    use.bytes += bytes;
    if (containers::IsAlive(container.state.status)) {
      ++use.active;
    } else {
      use.reclaimable += bytes;
    }
  }
  return use;
}

DiskUse OfVolumes(const containers::Engine& engine, const std::vector<Container>& containers) {
  DiskUse use{.name = "Local Volumes"};
  std::set<std::string> used;
  for (const Container& container : containers) {
    for (const auto& mount : container.config.mounts) used.insert(mount.name);
  }
  for (const auto& volume : engine.volumes().List()) {
    const std::uint64_t bytes = layers::SizeOnDisk(engine.volumes().Data(volume.name));
    ++use.total;
    use.bytes += bytes;
    if (used.count(volume.name) == 1) {
      ++use.active;
    } else {
      use.reclaimable += bytes;
    }
  }
  return use;
}

DiskUse OfBuildCache(layers::Store& store) {
  DiskUse use{.name = "Build Cache"};
  for (const layers::CacheEntry& entry : layers::ListCache(store, LayerOfRecord)) {
    ++use.total;
    use.bytes += entry.bytes;
  }
  use.reclaimable = use.bytes;
  return use;
}

OrderedJson UseRow(const DiskUse& use) {
  const std::string share =
      use.bytes == 0 ? "" : fmt::format(" ({}%)", 100 * use.reclaimable / use.bytes);
  return {{"Type", use.name},
          {"TotalCount", std::to_string(use.total)},
          {"Active", std::to_string(use.active)},
          {"Size", DockerSize(use.bytes)},
          {"Reclaimable", DockerSize(use.reclaimable) + share}};
}

class SystemDfCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("-v,--verbose", "Accepted: `images`, `ps -as`, `du -v` show each", verbose_);
    options.Value("--format", "FORMAT", "table, json, or a Go template for each kind", format_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>&) override {
    const containers::Engine engine = OpenEngine(wiring);
    { const FileLock entered = engine.EnterUserNamespace(); }
    const std::vector<Container> containers = engine.containers().List();
    std::vector<OrderedJson> rows = {UseRow(OfImages(wiring.store(), containers)),
                                     UseRow(OfContainers(containers)),
                                     UseRow(OfVolumes(engine, containers))};
    if (wiring.settings().tool != ToolKind::kPodman)
      rows.push_back(UseRow(OfBuildCache(wiring.store())));
    WriteStandardOutput(FormatRows(format_,
                                   {{"Type", "TYPE"},
                                    {"TotalCount", "TOTAL"},
                                    {"Active", "ACTIVE"},
                                    {"Size", "SIZE"},
                                    {"Reclaimable", "RECLAIMABLE"}},
                                   rows));
    return kExitOk;
  }

 private:
  bool verbose_ = false;
  std::string format_;
};

}  // namespace

std::unique_ptr<Command> MakeSystemDf() { return std::make_unique<SystemDfCommand>(); }

}  // namespace ibuild::cli
