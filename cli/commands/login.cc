#include "registry/auth/login.h"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <optional>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/registry_options.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "registry/auth/stored_credentials.h"
#include "registry/client/registry_client.h"
#include "support/byte_stream.h"
#include "support/cleanup.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

constexpr std::size_t kLongestAnswer = 64u << 10;

// Keeps the terminal from showing what is typed, while it lives.
class HiddenInput {
 public:
  HiddenInput() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0;
    if (changed_) cleanup_.emplace([this] { ::tcsetattr(STDIN_FILENO, TCSANOW, &before_); });
  }
  HiddenInput(const HiddenInput&) = delete;
  HiddenInput& operator=(const HiddenInput&) = delete;
  ~HiddenInput() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }

 private:
  termios before_ = {};
  bool changed_ = false;
  std::optional<Cleanup> cleanup_;
};

std::string ReadLine() {
  std::string line;
  char c = '\0';
  while (line.size() < kLongestAnswer && ::read(STDIN_FILENO, &c, 1) == 1 && c != '\n') line += c;
  return line;
}

class LoginCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Value("-u,--username", "NAME", "User name", username_);
    options.Value("-p,--password", "PASSWORD", "Password; --password-stdin is safer", password_);
    options.Switch("--password-stdin", "Read the password from standard input", from_stdin_);
    options.Switch("--get-login", "Only say who is logged in", get_login_);
    registry_.DeclareForLogin(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    registry_.ApplyTo(wiring.registry_settings());
    const auto place = registry::LoginPlace::Parse(operands.empty() ? "docker.io" : operands[0]);
    if (get_login_) return SayWho(wiring, place);
    registry::LoginRequest request{
        .host = place.host, .username = username_, .password = {}, .path = place.path};
    wiring.PromptOnly();
    Secret password = ReadPassword(wiring.reporter(), request);
    request.password = std::move(password);
    const registry::LoginReceipt receipt = registry::Login(request, wiring.registry());
    WriteStandardOutput(
        fmt::format("Login Succeeded: {} on {}, kept in {}\n", request.username, place.ToString(),
                    receipt.helper.empty() ? receipt.file.native() : receipt.helper));
    return kExitOk;
  }

 private:
  static int SayWho(Wiring& wiring, const registry::LoginPlace& place) {
    registry::StoredCredentials stored(wiring.registry_settings().credentials);
    const auto credential = stored.Find(place.host, place.path);
    if (!credential) {
      throw Error(ErrorKind::kNotFound, fmt::format("not logged in to {}", place.ToString()));
    }
    WriteStandardOutput(credential->username + "\n");
    return kExitOk;
  }

  // Also asks for a missing user name, on a terminal.
  Secret ReadPassword(Reporter& reporter, registry::LoginRequest& request) const {
    if (password_ && from_stdin_) {
      throw Error(ErrorKind::kUsage, "--password and --password-stdin exclude each other");
    }
    if (password_) {
      reporter.Log(LogLevel::kWarning,
                   "a password on the command line is seen by every process of this machine and "
                   "kept in the shell's history; use --password-stdin");
      return RequireUser(request, Secret(*password_));
    }
    if (from_stdin_) return RequireUser(request, ReadSecretFromInput());
    return Ask(request);
  }

  static Secret RequireUser(const registry::LoginRequest& request, Secret password) {
    if (request.username.empty()) {
      throw Error(ErrorKind::kUsage, "the user name is missing").WithHint("add `-u NAME`");
    }
    return password;
  }

  static Secret Ask(registry::LoginRequest& request) {
    if (::isatty(STDIN_FILENO) != 1) {
      throw Error(ErrorKind::kUsage, "there is no terminal to ask for the password on")
          .WithHint("give it on standard input: `… | ibuild login -u NAME --password-stdin HOST`");
    }
    if (request.username.empty()) {
      StandardError()("Username: ");
      request.username = std::string(Trim(ReadLine()));
    }
    StandardError()("Password: ");
    const HiddenInput hidden;
    Secret password(ReadLine());
    StandardError()("\n");
    return password;
  }

  std::string username_;
  std::optional<std::string> password_;
  bool from_stdin_ = false;
  bool get_login_ = false;
  RegistryOptions registry_;
};

}  // namespace

std::unique_ptr<Command> MakeLogin() { return std::make_unique<LoginCommand>(); }

}  // namespace ibuild::cli
