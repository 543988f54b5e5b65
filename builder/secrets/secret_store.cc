#include "builder/secrets/secret_store.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <span>

#include "support/environment.h"
#include "support/error.h"
#include "support/files.h"
#include "support/process.h"

namespace ibuild::builder {
namespace {

constexpr std::size_t kLimit = 500u << 10;

std::string RunCommand(const std::string& command) {
  ProcessSpec spec;
  spec.argv = {"/bin/sh", "-c", command};
  for (const char* name : {"PATH", "HOME"}) {
    if (const auto value = GetEnvironment(name)) {
      spec.environment.push_back(fmt::format("{}={}", name, *value));
    }
  }
  spec.output_limit = kLimit + 1;
  ProcessResult result = RunProcess(spec);
  if (!result.status.Success()) {
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("its command ended with status {}", result.status.ShellCode()))
        .WithHint("the command must print the secret and exit with status 0");
  }
  return std::move(result.output);
}

// One byte more than allowed is enough to know.
std::string ReadStart(const std::filesystem::path& path) {
  const UniqueFd file = OpenFile(path, O_RDONLY);
  std::string bytes(kLimit + 1, '\0');
  bytes.resize(ReadUpTo(file.get(), std::as_writable_bytes(std::span(bytes))));
  return bytes;
}

std::string Read(const SecretSource& source) {
  if (source.command) return RunCommand(*source.command);
  if (source.file) return ReadStart(*source.file);
  const auto value = source.environment ? GetEnvironment(source.environment->c_str())
                                        : std::optional<std::string>();
  if (!value) {
    throw Error(ErrorKind::kNotFound, "its environment variable is not set")
        .WithHint("export " + source.environment.value_or("the variable") + " before building");
  }
  return *value;
}

}  // namespace

std::optional<Secret> SecretStore::Find(const std::string& id) {
  const auto source = sources_.find(id);
  if (source == sources_.end()) return std::nullopt;
  const std::scoped_lock lock(mutex_);
  if (const auto known = read_.find(id); known != read_.end()) return known->second;
  std::string bytes = InContext("reading secret " + id, [&] { return Read(source->second); });
  if (bytes.size() > kLimit) {
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("secret {} too big. max size {}KiB", id, kLimit >> 10));
  }
  return read_.emplace(id, Secret(std::move(bytes))).first->second;
}

}  // namespace ibuild::builder
