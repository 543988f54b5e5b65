#include "cli/containers/mount_option.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "cli/building/fields.h"
#include "containers/model/names.h"
#include "support/clean_path.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

namespace fs = std::filesystem;

using containers::MountConfig;

Error BadMount(const std::string& text, const char* kind) {
  return Error(ErrorKind::kUsage, fmt::format("{} is no {}", Quote(text), kind))
      .WithHint("write it like `/here:/there`, `/here:/there:ro`, `name:/there` or `/there`");
}

bool IsPath(std::string_view source) {
  return source.starts_with('/') || source.starts_with('.') || source.starts_with('~');
}

std::string TargetOf(std::string_view text, const std::string& all) {
  if (!text.starts_with('/')) {
    throw Error(ErrorKind::kUsage,
                fmt::format("{}: the place in the container must be absolute", Quote(all)))
        .WithHint("write it like `/here:/there`");
  }
  const CleanPath path = CleanPath::Parse(text);
  if (path.IsRoot()) {
    throw Error(ErrorKind::kUsage, fmt::format("{}: destination can't be '/'", Quote(all)));
  }
  return path.Absolute();
}

void SetBind(const std::string& source, bool make, MountConfig* mount) {
  mount->type = "bind";
  mount->source = fs::absolute(source).lexically_normal().native();
  if (mount->source.size() > 1 && mount->source.ends_with('/')) mount->source.pop_back();
  std::error_code failed;
  if (fs::exists(mount->source, failed)) return;
  if (!make) {
    throw Error(ErrorKind::kUsage,
                fmt::format("invalid mount config for type \"bind\": bind source path does not "
                            "exist: {}",
                            mount->source))
        .WithHint("`-v` makes a directory that is missing, `--mount` does not");
  }
  MakeDirectories(mount->source);
}

void ApplyMode(std::string_view mode, const std::string& all, MountConfig* mount) {
  mount->mode = mode;
  for (const std::string_view word : Split(mode, ',')) {
    if (word == "ro") {
      mount->writable = false;
    } else if (word != "rw" && word != "z" && word != "Z" && word != "nocopy" && word != "cached" &&
               word != "delegated" && word != "consistent" && word != "rprivate" &&
               word != "private" && word != "rslave" && word != "slave") {
      throw Error(ErrorKind::kUsage, fmt::format("{}: invalid mode: {}", Quote(all), word))
          .WithHint("`ro` and `rw` are the modes that matter");
    }
  }
}

void ApplyTmpfsField(std::string_view name, std::string_view value, const std::string& all,
                     MountConfig* mount) {
  if (name == "size" || name == "tmpfs-size") {
    const auto size = ParseByteSize(value);
    if (!size) throw BadMount(all, "mount");
    mount->size = static_cast<std::int64_t>(*size);
  } else if (name == "mode" || name == "tmpfs-mode") {
    const std::string digits(value);
    char* end = nullptr;
    const long mode = std::strtol(digits.c_str(), &end, 8);
    constexpr long kMost = 07777;
    if (digits.empty() || *end != '\0' || mode <= 0 || mode > kMost) throw BadMount(all, "mount");
    mount->file_mode = mode;
  } else if (name == "ro") {
    mount->writable = false;
  } else if (name == "noexec" || name == "exec") {
    mount->no_exec = name == "noexec";
  } else if (name != "rw" && name != "nosuid" && name != "nodev") {
    throw Error(ErrorKind::kUsage,
                fmt::format("{}: {} is no option of tmpfs here", Quote(all), name))
        .WithHint("size, mode, ro and noexec are; it is always nosuid and nodev");
  }
}

}  // namespace

MountConfig ParseVolumeOption(const std::string& text) {
  const auto parts = Split(text, ':');
  MountConfig mount;
  if (parts.size() > 3 || text.empty()) throw BadMount(text, "volume");
  if (parts.size() == 1) {
    mount.type = "volume";
    mount.destination = TargetOf(parts[0], text);
    return mount;
  }
  mount.destination = TargetOf(parts[1], text);
  if (parts.size() == 3) ApplyMode(parts[2], text, &mount);
  const std::string source(parts[0]);
  if (source.empty()) throw BadMount(text, "volume");
  if (IsPath(source)) {
    SetBind(source, true, &mount);
  } else {
    mount.type = "volume";
    mount.name = containers::CheckName(source, "volume");
  }
  return mount;
}

MountConfig ParseMountOption(const std::string& text) {
  MountConfig mount;
  mount.type = "volume";
  std::string source;
  for (const Field& field : ParseFields(text)) {
    const std::string& name = field.key;
    const std::string& value = field.value;
    if (name == "type") {
      mount.type = value;
    } else if (name == "source" || name == "src") {
      source = value;
    } else if (name == "target" || name == "dst" || name == "destination") {
      mount.destination = TargetOf(value, text);
    } else if (name == "readonly" || name == "ro") {
      mount.writable = !FieldAsBool(field);
    } else if (name == "volume-nocopy") {
      if (FieldAsBool(field)) mount.mode = "nocopy";
    } else if (name.starts_with("tmpfs-")) {
      ApplyTmpfsField(name, value, text, &mount);
    } else if (name != "bind-propagation" && name != "consistency" && name != "volume-driver") {
      throw Error(ErrorKind::kUsage, fmt::format("unexpected key {} in {}", Quote(name), text))
          .WithHint("type, source, target and readonly are known");
    }
  }
  if (mount.destination.empty()) {
    throw Error(ErrorKind::kUsage, fmt::format("{}: target is required", Quote(text)));
  }
  if (mount.type == "bind") {
    SetBind(source, false, &mount);
  } else if (mount.type == "volume") {
    if (!source.empty()) mount.name = containers::CheckName(source, "volume");
  } else if (mount.type == "tmpfs") {
    mount.no_exec = true;
  } else {
    throw Error(ErrorKind::kUsage, fmt::format("{} is no type of mount", Quote(mount.type)))
        .WithHint("there are bind, volume and tmpfs");
  }
  return mount;
}

MountConfig ParseTmpfsOption(const std::string& text) {
  MountConfig mount;
  mount.type = "tmpfs";
  mount.no_exec = true;  // Docker's default
  const std::size_t colon = text.find(':');
  mount.destination = TargetOf(std::string_view(text).substr(0, colon), text);
  if (colon == std::string::npos) return mount;
  for (const std::string_view field : Split(std::string_view(text).substr(colon + 1), ',')) {
    const std::size_t equals = field.find('=');
    ApplyTmpfsField(field.substr(0, equals),
                    equals == std::string_view::npos ? "" : field.substr(equals + 1), text, &mount);
  }
  return mount;
}

}  // namespace ibuild::cli
