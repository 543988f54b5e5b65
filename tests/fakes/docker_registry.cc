#include "tests/fakes/docker_registry.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "support/error.h"
#include "support/files.h"
#include "support/process.h"

namespace ibuild::fakes {
namespace {

sockaddr_in Loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

std::uint16_t FreePort() {
  const UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  if (bind(fd.get(), plain, size) != 0 || getsockname(fd.get(), plain, &size) != 0) {
    ThrowErrno("looking for a free port");
  }
  return ntohs(address.sin_port);
}

pid_t Spawn(std::vector<std::string> argv, const std::filesystem::path& log) {
  std::vector<char*> arguments;
  for (std::string& argument : argv) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int fd : {1, 2}) {
    posix_spawn_file_actions_addopen(&actions, fd, log.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                     0600);
  }
  pid_t child = -1;
  const int result =
      posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (result != 0) throw ErrnoError(argv[0], result);
  return child;
}

}  // namespace

ServerTls MakeCertificate(const std::filesystem::path& directory, const std::string& name) {
  const ServerTls files{directory / (name + ".crt"), directory / (name + ".key")};
  const ProcessResult result = RunProcess(
      {.argv = {"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                "/CN=" + name, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
                files.key, "-out", files.certificate}});
  if (!result.status.Success()) throw Error(ErrorKind::kSystem, result.errors);
  return files;
}

DockerRegistry::DockerRegistry(std::filesystem::path directory, IssuerSettings issuer)
    : directory_(std::move(directory)),
      tls_(MakeCertificate(directory_, "localhost")),
      port_(FreePort()),
      host_(fmt::format("localhost:{}", port_)) {
  const ServerTls token = MakeCertificate(directory_, "token");
  issuer.key = token.key;
  issuer_ = std::make_unique<TokenIssuer>(std::move(issuer));
  token_server_ = std::make_unique<FakeHttpServer>(
      [this](const FakeRequest& request, FakeConnection& connection) {
        connection.ReadWholeBody();
        connection.Send(issuer_->Answer(request));
      },
      tls_);
  WriteConfiguration(token.certificate);
  process_ = Spawn({"docker-registry", "serve", directory_ / "config.yml"}, directory_ / "log");
  WaitUntilReady();
}

DockerRegistry::~DockerRegistry() {
  if (process_ <= 0) return;
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

void DockerRegistry::WriteConfiguration(const std::filesystem::path& token_certificate) const {
  const std::string text = fmt::format(
      "version: 0.1\n"
      "log: {{level: error, accesslog: {{disabled: true}}}}\n"
      "storage: {{filesystem: {{rootdirectory: {0}/data}}, delete: {{enabled: true}}}}\n"
      "http: {{addr: '127.0.0.1:{1}', tls: {{certificate: {2}, key: {3}}}}}\n"
      "auth: {{token: {{realm: 'https://localhost:{4}/token', service: test,"
      " issuer: ibuild-token-server, rootcertbundle: {5}}}}}\n",
      directory_.string(), port_, tls_.certificate.string(), tls_.key.string(),
      token_server_->port(), token_certificate.string());
  WriteFileAtomically(directory_ / "config.yml", text);
}

void DockerRegistry::WaitUntilReady() const {
  const sockaddr_in address = Loopback(port_);
  for (int i = 0; i < 500; ++i) {
    const UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  throw Error(ErrorKind::kUnavailable,
              "docker-registry does not start: " + ReadFile(directory_ / "log"));
}

}  // namespace ibuild::fakes
