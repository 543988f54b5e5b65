#include "layers/store/layer_meta.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "support/error.h"
#include "support/id_map.h"
#include "support/json.h"
#include "support/recorded_owner.h"

namespace ibuild::layers {
namespace {

constexpr std::string_view kForeignForm = "foreign";
constexpr std::string_view kCanonicalForm = "canonical";

LayerMeta ReadMeta(const JsonReader& json) {
  LayerMeta meta{.packed = {.diff_id = {oci::Digest::Parse(json.String("diffId"))},
                            .size = static_cast<std::uint64_t>(json.At("size").AsInt()),
                            .options = {}},
                 .form = TarForm::kCanonical,
                 .unsynced_boot = json.StringIf("unsyncedBoot").value_or(""),
                 .identity = json.StringIf("identity").value_or(""),
                 .id_map = json.String("idMap")};
  if (json.String("tarForm") == kForeignForm) meta.form = TarForm::kForeign;
  if (const auto latest = json.Find("latestMtime")) {
    meta.packed.options.latest_mtime = latest->AsInt();
  }
  return meta;
}

}  // namespace

std::string CurrentIdMap() {
  if (OwnersAreRecorded()) return "recorded";
  std::string map = ReadIdMap("/proc/self/uid_map").ToProcFormat();
  if (map.ends_with('\n')) map.pop_back();
  std::replace(map.begin(), map.end(), '\n', ',');
  return map;
}

std::string DirectoryIdentity(const std::filesystem::path& directory) {
  struct statx file;
  if (::statx(AT_FDCWD, directory.c_str(), AT_SYMLINK_NOFOLLOW,
              STATX_INO | STATX_BTIME | STATX_CTIME, &file) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return {};
    ThrowErrno("look at " + directory.native());
  }
  const auto& time = (file.stx_mask & STATX_BTIME) != 0 ? file.stx_btime : file.stx_ctime;
  return fmt::format("{} {}.{:09}", file.stx_ino, time.tv_sec, time.tv_nsec);
}

std::string Serialize(const LayerMeta& meta) {
  OrderedJson json;
  json["diffId"] = meta.packed.diff_id.ToString();
  json["size"] = meta.packed.size;
  json["tarForm"] = meta.form == TarForm::kForeign ? kForeignForm : kCanonicalForm;
  if (meta.packed.options.latest_mtime) json["latestMtime"] = *meta.packed.options.latest_mtime;
  json["identity"] = meta.identity;
  json["idMap"] = meta.id_map;
  if (!meta.unsynced_boot.empty()) json["unsyncedBoot"] = meta.unsynced_boot;
  return DumpJson(json);
}

std::optional<LayerMeta> ParseLayerMeta(std::string_view text) {
  try {
    const Json json = ParseJson(text, "layer record");
    return ReadMeta(JsonReader(json, "layer record"));
  } catch (const Error&) {  // whatever is wrong with it, the answer is the same
    return std::nullopt;
  }
}

}  // namespace ibuild::layers
