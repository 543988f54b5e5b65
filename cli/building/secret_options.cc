#include "cli/building/secret_options.h"

#include <fmt/format.h>

#include "cli/building/fields.h"
#include "support/environment.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

namespace fs = std::filesystem;

void Require(const fs::path& file) {
  std::error_code ignored;
  if (fs::exists(file, ignored)) return;
  throw Error(ErrorKind::kUsage, fmt::format("secret file not found: {}", file.native()));
}

builder::SecretSource FromId(const std::string& id, bool environment_only) {
  builder::SecretSource source;
  if (environment_only || GetEnvironment(id.c_str())) {
    source.environment = id;
  } else {
    source.file = id;
  }
  return source;
}

}  // namespace

void AddSecret(std::map<std::string, builder::SecretSource>& secrets, const std::string& text) {
  std::string id;
  builder::SecretSource source;
  bool environment_only = false;
  for (const Field& field : ParseFields(text)) {
    if (!field.has_value) {
      throw Error(ErrorKind::kUsage, fmt::format("{} is not key=value", Quote(field.key)));
    }
    if (field.key == "id") {
      id = field.value;
    } else if (field.key == "src" || field.key == "source") {
      source.file = field.value;
    } else if (field.key == "env") {
      source.environment = field.value;
    } else if (field.key == "cmd") {
      source.command = field.value;
    } else if (field.key == "type") {
      environment_only = field.value == "env";
    } else {
      ThrowUnknownField(field, {"id", "src", "env", "cmd", "type"});
    }
  }
  if (id.empty()) throw Error(ErrorKind::kUsage, "the secret has no id").WithHint("add `id=NAME`");
  if (!source.file && !source.environment && !source.command) source = FromId(id, environment_only);
  if (source.file) Require(*source.file);
  secrets[id] = std::move(source);
}

void AddSshAgent(std::map<std::string, fs::path>& agents, const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string id = text.substr(0, equals);
  if (id.empty()) throw Error(ErrorKind::kUsage, "the agent has no id");
  if (equals == std::string::npos) {
    const auto socket = GetEnvironment("SSH_AUTH_SOCK");
    if (!socket || socket->empty()) {
      throw Error(ErrorKind::kUsage, "SSH_AUTH_SOCK is not set: there is no agent to forward")
          .WithHint("start one: `eval $(ssh-agent)`, then `ssh-add`");
    }
    agents[id] = *socket;
    return;
  }
  const fs::path socket = text.substr(equals + 1);
  std::error_code ignored;
  if (!fs::is_socket(socket, ignored)) {
    throw Error(ErrorKind::kUnsupported, fmt::format("{} is no agent's socket", socket.native()))
        .WithHint("key files are not read: load the key with `ssh-add` and forward the agent");
  }
  agents[id] = socket;
}

}  // namespace ibuild::cli
