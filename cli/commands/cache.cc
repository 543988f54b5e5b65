// ibuild cache: the cache mounts of the store and what shared caches hold; moving mounts by hand.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "builder/cache/cache_index.h"
#include "builder/cache/mount_travel.h"
#include "cli/building/open_cache.h"
#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/registry_options.h"
#include "cli/render/age.h"
#include "cli/render/output.h"
#include "cli/render/table.h"
#include "cli/wiring.h"
#include "layers/store/cache_contents.h"
#include "layers/store/cache_mounts.h"
#include "layers/store/store.h"
#include "support/error.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

// A directory is what looks like one, perhaps with keys after it; the rest is said as --cache-from
// says it.
CacheSpec ParsePlace(const std::string& text, CacheUse use) {
  std::error_code absent;
  const std::string key = use == CacheUse::kRead ? "src" : "dest";
  if (std::filesystem::is_directory(text, absent)) {
    CacheSpec spec = ParseCache("type=local," + key + "=.", use);
    spec.values[key] = text;  // whatever is in it
    return spec;
  }
  const bool is_path = text.starts_with("/") || text.starts_with(".") ||
                       std::filesystem::is_directory(text.substr(0, text.find(',')), absent);
  return ParseCache(is_path ? "type=local," + key + "=" + text : text, use);
}

// What --mount and mounts= say.
builder::MountChoice ChoiceOf(const CacheSpec& spec, const std::vector<std::string>& ids) {
  builder::MountChoice choice = spec.mounts;
  choice.ids.insert(ids.begin(), ids.end());
  return choice;
}

std::shared_ptr<oci::SharedCache> OpenPlace(Wiring& wiring, const CacheSpec& spec) {
  if (spec.type == CacheType::kInline) {
    throw Error(ErrorKind::kUsage, "an inline cache is part of an image")
        .WithHint("`ibuild build --cache-to type=inline --push` writes one");
  }
  auto cache = OpenCache(wiring, spec, wiring.stop());
  if (!cache) throw Error(ErrorKind::kUnavailable, "there is no such cache here");
  return cache;
}

builder::Answers ReadPlace(oci::SharedCache& cache, const CacheSpec& spec, std::stop_token stop) {
  builder::Answers answers;
  if (const auto text = cache.ReadAnswers(std::move(stop))) answers = builder::ParseAnswers(*text);
  std::vector<VerifyKey> trusted;
  for (const std::string& file : spec.trust) trusted.push_back(VerifyKey::Read(file));
  builder::RemoveUntrusted(answers, trusted);
  return answers;
}

class CacheExportCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Each("--mount", "ID", "Of this cache mount; repeat", ids_);
    registry_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    registry_.ApplyTo(wiring.registry_settings());
    const CacheSpec spec = ParsePlace(operands[0], CacheUse::kWrite);
    layers::Store& store = wiring.store();
    const std::vector<builder::LocalMount> mounts =
        Chosen(builder::ListMounts(store), ChoiceOf(spec, ids_));
    std::optional<SigningKey> key;
    if (const std::string file = spec.Value("sign"); !file.empty()) key = SigningKey::Read(file);
    const auto cache = OpenPlace(wiring, spec);
    wiring.BecomeRoot();  // files of mounts belong to others
    const builder::SentMounts sent = InContext("cache " + spec.Place(), [&] {
      return builder::SendMounts(store, mounts,
                                 {.place = spec.Place(),
                                  .cache = *cache,
                                  .key = key ? &*key : nullptr,
                                  .limit = spec.MountLimit(),
                                  .wait = true},
                                 wiring.reporter(), wiring.stop());
    });
    wiring.FinishReporting();
    std::string text =
        fmt::format("{} of {} sent\n", FormatByteSize(sent.sent), FormatByteSize(sent.bytes));
    if (sent.left_out != 0) text += fmt::format("{} files left out\n", sent.left_out);
    WriteStandardOutput(text);
    return kExitOk;
  }

 private:
  static std::vector<builder::LocalMount> Chosen(std::vector<builder::LocalMount> here,
                                                 const builder::MountChoice& choice) {
    if (!choice.Any()) {
      throw Error(ErrorKind::kUsage, "no --mount says which cache mount")
          .WithHint("`ibuild cache ls` lists them");
    }
    for (const std::string& id : choice.ids) {
      if (std::ranges::count(here, id, &builder::LocalMount::id) != 0) continue;
      throw Error(ErrorKind::kNotFound, fmt::format("there is no cache mount {}", Quote(id)))
          .WithHint("`ibuild cache ls` lists those that builds have used");
    }
    std::erase_if(here, [&](const builder::LocalMount& mount) { return !choice.Has(mount.id); });
    return here;
  }

  std::vector<std::string> ids_;
  RegistryOptions registry_;
};

class CacheImportCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Each("--mount", "ID", "Only this cache mount; repeat", ids_);
    registry_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    registry_.ApplyTo(wiring.registry_settings());
    const CacheSpec spec = ParsePlace(operands[0], CacheUse::kRead);
    builder::MountChoice choice = ChoiceOf(spec, ids_);
    choice.all = choice.all && ids_.empty();
    const auto cache = OpenPlace(wiring, spec);
    Origins origins;
    InContext("cache " + spec.Place(), [&] {
      for (builder::SharedMount& mount : ReadPlace(*cache, spec, wiring.stop()).mounts) {
        if (!choice.Has(mount.id)) continue;
        oci::Digest name = mount.name;
        origins[std::move(name)].push_back({spec.Place(), cache.get(), std::move(mount)});
      }
    });
    RequireAll(origins, choice, spec);
    wiring.BecomeRoot();
    for (const auto& [name, of_one] : origins) Import(wiring, name, of_one);
    wiring.FinishReporting();
    return kExitOk;
  }

 private:
  using Origins = std::map<oci::Digest, std::vector<builder::MountOrigin>>;

  static void RequireAll(const Origins& origins, const builder::MountChoice& choice,
                         const CacheSpec& spec) {
    const std::string hint = "`ibuild cache ls " + spec.Place() + "` lists what it has";
    const auto is_there = [&](const std::string& id) {
      return std::ranges::any_of(
          origins, [&](const auto& entry) { return entry.second.front().mount.id == id; });
    };
    for (const std::string& id : choice.ids) {
      if (is_there(id)) continue;
      throw Error(ErrorKind::kNotFound,
                  fmt::format("cache {} has no cache mount {}", spec.Place(), Quote(id)))
          .WithHint(std::string(hint));
    }
    if (!choice.Any()) throw Error(ErrorKind::kUsage, "mounts=none leaves nothing to import");
    if (origins.empty()) {
      throw Error(ErrorKind::kNotFound, "cache " + spec.Place() +
                                            " has no cache mounts that come "
                                            "without being named")
          .WithHint(std::string(hint));
    }
  }

  static void Import(Wiring& wiring, const oci::Digest& name,
                     const std::vector<builder::MountOrigin>& origins) {
    layers::Store& store = wiring.store();
    const std::string directory = layers::CacheMounts::NameOf(name);
    const auto receive = [&](const std::filesystem::path& into, bool is_new) {
      builder::ReceiveMounts(store, origins,
                             {.directory = into, .name = directory, .is_new = is_new},
                             wiring.reporter());
    };
    bool filled = false;
    const auto held = layers::CacheMounts(store).TakeAlone(
        directory,
        [&](const std::filesystem::path& staged, const std::string&) {
          receive(staged, true);
          filled = true;
        },
        wiring.stop());
    if (!filled) receive(held->directory, false);
    store.WriteRecord(layers::MountNameKey(directory), origins.front().mount.id);
  }

  std::vector<std::string> ids_;
  RegistryOptions registry_;
};

// One cache mount, here or there.
struct MountRow {
  std::string id;
  std::string name;
  std::uint64_t bytes = 0;
  UnixTime used;
};

class CacheListCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Choice("--format", {"text", "json"}, "How to write it", format_);
    registry_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    registry_.ApplyTo(wiring.registry_settings());
    if (operands.empty()) {
      WriteStandardOutput(Write(Here(wiring)));
      return kExitOk;
    }
    const CacheSpec spec = ParsePlace(operands[0], CacheUse::kRead);
    const auto cache = OpenPlace(wiring, spec);
    const builder::Answers answers =
        InContext("cache " + spec.Place(), [&] { return ReadPlace(*cache, spec, wiring.stop()); });
    std::vector<MountRow> rows;
    for (const builder::SharedMount& mount : answers.mounts) {
      rows.push_back({mount.id, mount.name.hex(), mount.bytes, {mount.used, 0}});
    }
    WriteStandardOutput(format_ == "json" ? Write(rows) : Summary(answers) + Write(rows));
    return kExitOk;
  }

 private:
  static std::vector<MountRow> Here(Wiring& wiring) {
    wiring.BecomeRoot();  // directories in mounts may be closed to others
    layers::Store& store = wiring.store();
    std::vector<MountRow> rows;
    for (const layers::CacheEntry& entry :
         layers::ListCache(store, [](std::string_view) { return std::nullopt; })) {
      if (entry.kind != layers::CacheKind::kMount) continue;
      const auto id = store.ReadRecord(layers::MountNameKey(entry.id));
      rows.push_back({id.value_or(""), entry.id, entry.bytes, entry.used});
    }
    std::ranges::sort(rows, {}, [](const MountRow& row) { return std::pair(row.id, row.name); });
    return rows;
  }

  static std::string Summary(const builder::Answers& answers) {
    std::map<oci::Digest, std::uint64_t> layers;
    for (const builder::SharedRecord& record : answers.records) {
      if (record.blob) layers[record.blob->digest] = record.blob->size;
    }
    std::uint64_t bytes = 0;
    for (const auto& [digest, size] : layers) bytes += size;
    return fmt::format("{} records, {} layers ({})\n", answers.records.size(), layers.size(),
                       FormatByteSize(bytes));
  }

  std::string Write(const std::vector<MountRow>& rows) const {
    if (format_ == "json") {
      std::string lines;
      for (const MountRow& row : rows) {
        lines += DumpJson(Json{{"mount", row.id},
                               {"name", row.name},
                               {"bytes", row.bytes},
                               {"used", FormatRfc3339(row.used)}}) +
                 "\n";
      }
      return lines;
    }
    const UnixTime now = Now();
    Table table({"MOUNT", "NAME", "SIZE", "LAST USED"});
    for (const MountRow& row : rows) {
      table.Add({PrintableText(row.id), row.name.substr(0, kShortName), FormatByteSize(row.bytes),
                 FormatAge(row.used, now)});
    }
    return table.Render();
  }

  static constexpr std::size_t kShortName = 12;
  std::string format_ = "text";
  RegistryOptions registry_;
};

}  // namespace

std::unique_ptr<Command> MakeCacheExport() { return std::make_unique<CacheExportCommand>(); }
std::unique_ptr<Command> MakeCacheImport() { return std::make_unique<CacheImportCommand>(); }
std::unique_ptr<Command> MakeCacheLs() { return std::make_unique<CacheListCommand>(); }

}  // namespace ibuild::cli
