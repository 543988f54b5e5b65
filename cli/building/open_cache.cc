#include "cli/building/open_cache.h"

#include <fmt/format.h>

#include <filesystem>
#include <set>

#include "cli/compression.h"
#include "layers/compress/codec.h"
#include "layers/shared/directory_cache.h"
#include "layers/store/compressed_layers.h"
#include "layers/store/layer_origins.h"
#include "layers/store/store.h"
#include "registry/cache/gha_cache.h"
#include "registry/cache/registry_cache.h"
#include "registry/cache/s3_cache.h"
#include "registry/client/registry_client.h"
#include "support/clock.h"
#include "support/environment.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

// Several writers' documents in one directory, read as one. One that is damaged is not missed.
std::string JoinDocuments(const std::vector<std::string>& documents) {
  builder::Answers joined;
  for (const std::string& text : documents) {
    try {
      joined = builder::Merge(std::move(joined), builder::ParseAnswers(text), Now().seconds);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kUnsupported) throw;
    }
  }
  return builder::Serialize(joined);
}

// What the command line says, else what the environment does.
std::string FromSpec(const CacheSpec& spec, const std::string& key, const char* variable) {
  const std::string value = spec.Value(key);
  return value.empty() ? GetEnvironment(variable).value_or("") : value;
}

std::shared_ptr<oci::SharedCache> OpenBucket(Wiring& wiring, const CacheSpec& spec,
                                             std::stop_token stop) {
  registry::S3Settings settings{
      .bucket = spec.Value("bucket"),
      .region = FromSpec(spec, "region", "AWS_REGION"),
      .endpoint = spec.Value("endpoint_url"),
      .path_style = spec.Value("use_path_style") == "true",
      .prefix = spec.Value("prefix"),
      .credentials = {
          .key_id = FromSpec(spec, "access_key_id", "AWS_ACCESS_KEY_ID"),
          .secret_key = Secret(FromSpec(spec, "secret_access_key", "AWS_SECRET_ACCESS_KEY")),
          .session_token = Secret(FromSpec(spec, "session_token", "AWS_SESSION_TOKEN"))}};
  if (settings.region.empty()) settings.region = "us-east-1";
  if (!spec.Value("name").empty()) settings.name = spec.Value("name");
  return std::make_shared<registry::S3Cache>(
      wiring.cache_registry({}).transport_without_credentials(), std::move(settings),
      std::move(stop));
}

// Null where this is no job of GitHub Actions.
std::shared_ptr<oci::SharedCache> OpenActionsCache(Wiring& wiring, const CacheSpec& spec,
                                                   std::stop_token stop) {
  std::string service = FromSpec(spec, "url_v2", "ACTIONS_RESULTS_URL");
  if (service.empty()) service = spec.Value("url");
  const std::string token = FromSpec(spec, "token", "ACTIONS_RUNTIME_TOKEN");
  if (service.empty() || token.empty()) {
    wiring.reporter().Log(LogLevel::kWarning,
                          "cache type=gha: ACTIONS_RESULTS_URL and ACTIONS_RUNTIME_TOKEN are not "
                          "set; going on without it");
    return nullptr;
  }
  registry::GhaSettings settings{.service = service, .token = Secret(token)};
  if (!spec.Value("scope").empty()) settings.scope = spec.Value("scope");
  return std::make_shared<registry::GhaCache>(
      wiring.cache_registry({}).transport_without_credentials(), std::move(settings),
      std::move(stop));
}

void SayNotes(Wiring& wiring, const std::vector<CacheSpec>& specs) {
  std::set<std::string> said;
  for (const CacheSpec& spec : specs) {
    for (const std::string& note : spec.notes) {
      if (said.insert(note).second) wiring.reporter().Log(LogLevel::kInfo, "cache: " + note);
    }
  }
}

layers::CompressionChoice CompressionOf(const CacheSpec& spec) {
  layers::CompressionChoice choice;
  if (const std::string kind = spec.Value("compression"); !kind.empty()) {
    choice.compression = ParseCompression(kind);
  }
  if (const std::string level = spec.Value("compression-level"); !level.empty()) {
    choice.level = ParseCompressionLevel(level);
  }
  return choice;
}

}  // namespace

std::shared_ptr<oci::SharedCache> OpenCache(Wiring& wiring, const CacheSpec& spec,
                                            std::stop_token stop) {
  if (spec.type == CacheType::kS3) return OpenBucket(wiring, spec, std::move(stop));
  if (spec.type == CacheType::kGha) return OpenActionsCache(wiring, spec, std::move(stop));
  if (spec.type == CacheType::kLocal) {
    const std::string directory =
        spec.Value("src").empty() ? spec.Value("dest") : spec.Value("src");
    return std::make_shared<layers::DirectoryCache>(std::filesystem::absolute(directory),
                                                    JoinDocuments);
  }
  const auto reference = oci::Reference::Parse(spec.Value("ref"));
  const bool insecure = spec.Value("registry.insecure") == "true";
  return std::make_shared<registry::RegistryCache>(
      wiring.cache_registry(insecure ? reference.repository().host.name() : std::string()),
      reference, std::move(stop));
}

std::unique_ptr<builder::SharedCaches> ReadCaches(Wiring& wiring,
                                                  const std::vector<CacheSpec>& specs) {
  if (specs.empty()) return nullptr;
  SayNotes(wiring, specs);
  std::vector<builder::CacheSource> sources;
  std::set<std::string> places;
  for (const CacheSpec& spec : specs) {
    if (!places.insert(spec.Place()).second) continue;
    builder::CacheSource source{.place = spec.Place(),
                                .cache = OpenCache(wiring, spec, wiring.stop()),
                                .trusted = {},
                                .mounts = spec.mounts};
    if (!source.cache) continue;
    for (const std::string& file : spec.trust) source.trusted.push_back(VerifyKey::Read(file));
    sources.push_back(std::move(source));
  }
  auto caches = std::make_unique<builder::SharedCaches>(std::move(sources), wiring.store(),
                                                        wiring.reporter());
  caches->Ask();
  wiring.BeforeBecomingRoot([shared = caches.get()] { shared->Settle(); });
  wiring.store().AddElsewhere([shared = caches.get()](const oci::Descriptor& descriptor) {
    return shared->OpenKept(descriptor);
  });
  return caches;
}

std::unique_ptr<builder::CacheExport> WriteCaches(Wiring& wiring,
                                                  const std::vector<CacheSpec>& specs,
                                                  builder::SharedCaches* known) {
  if (specs.empty()) return nullptr;
  SayNotes(wiring, specs);
  std::stop_source abandon;
  std::vector<builder::CacheTarget> targets;
  for (const CacheSpec& spec : specs) {
    if (spec.type == CacheType::kInline) continue;
    builder::CacheTarget target{.place = spec.Place(),
                                .cache = OpenCache(wiring, spec, abandon.get_token()),
                                .all_layers = spec.Value("mode") == "max",
                                .key = {},
                                .compression = CompressionOf(spec),
                                .mounts = spec.mounts,
                                .mount_limit = spec.MountLimit()};
    if (!target.cache) continue;
    if (const std::string file = spec.Value("sign"); !file.empty()) {
      target.key = SigningKey::Read(file);
    }
    targets.push_back(std::move(target));
  }
  return std::make_unique<builder::CacheExport>(std::move(targets), wiring.store(),
                                                wiring.reporter(), known, std::move(abandon));
}

std::unique_ptr<ByteSource> OpenFromOrigin(Wiring& wiring, const oci::Descriptor& descriptor) {
  layers::Store& store = wiring.store();
  const auto origin = layers::FindOrigin(store, descriptor.digest);
  if (!origin) return nullptr;
  const oci::Descriptor& blob = origin->blob;
  if (!store.blobs().Has(blob.digest)) {
    Activity activity(wiring.reporter(),
                      fmt::format("fetch layer {} ({}) from cache {}", origin->layer.digest.Short(),
                                  FormatByteSize(blob.size), origin->place));
    try {
      const auto cache =
          OpenCache(wiring, ParseCache(origin->place, CacheUse::kRead), wiring.stop());
      if (!cache) throw Error(ErrorKind::kUnavailable, "there is no such cache here");
      store.blobs().Put(blob, *cache->Open(blob));
    } catch (Error& error) {
      error.AddContext(fmt::format("fetching a layer from cache {}", origin->place));
      error.AddHint("build the image again");
      throw;
    }
    activity.Done();
  }
  if (const auto choice = layers::ParseChoiceName(origin->choice)) {
    layers::RememberCompressed(store, origin->layer, *choice, blob);
  }
  auto content = store.blobs().Open(blob);
  if (blob.digest == descriptor.digest) return content;
  return layers::Decompress(std::move(content));
}

std::vector<oci::Repository> CacheRepositories(const std::vector<CacheSpec>& specs) {
  std::vector<oci::Repository> repositories;
  for (const CacheSpec& spec : specs) {
    if (spec.type != CacheType::kRegistry) continue;
    repositories.push_back(oci::Reference::Parse(spec.Value("ref")).repository());
  }
  return repositories;
}

}  // namespace ibuild::cli
