// A web server of one page: answers every request with "Hello Kubernetes Beginners!".
//
// usage: hello [PORT]     (default 8080; the variable PORT counts when there is no argument)
//
// It keeps a log of recent requests in memory, 32 MiB of it, so that a container with less memory
// than that is killed: the demo shows how ibuild reports it.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr std::size_t kRequestLogBytes = 32u << 20;
constexpr char kPage[] = "Hello Kubernetes Beginners!\n";

int PortFrom(int argc, char** argv) {
  const char* text = argc > 1 ? argv[1] : std::getenv("PORT");
  const int port = text != nullptr ? std::atoi(text) : 8080;
  if (port > 0 && port < 65536) return port;
  std::fprintf(stderr, "hello: not a port: %s\n", text);
  std::exit(2);
}

int Listen(int port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener, 16) != 0) {
    std::perror("hello: listen");
    std::exit(1);
  }
  return listener;
}

void Answer(int connection, std::vector<char>& log, std::size_t& used) {
  char request[4096];
  const ssize_t size = read(connection, request, sizeof request);
  if (size <= 0) return;
  const auto length = static_cast<std::size_t>(size);
  if (used + length > log.size()) used = 0;
  std::memcpy(&log[used], request, length);
  used += length;
  const std::string response = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " +
                               std::to_string(sizeof kPage - 1) + "\r\nConnection: close\r\n\r\n" +
                               kPage;
  if (write(connection, response.data(), response.size()) < 0) std::perror("hello: write");
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGTERM, [](int) { _exit(0); });
  std::signal(SIGINT, [](int) { _exit(0); });
  std::signal(SIGPIPE, SIG_IGN);
  std::vector<char> log(kRequestLogBytes, ' ');
  std::size_t used = 0;
  const int port = PortFrom(argc, argv);
  const int listener = Listen(port);
  std::printf("listening on port %d\n", port);
  std::fflush(stdout);
  for (;;) {
    const int connection = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    Answer(connection, log, used);
    close(connection);
  }
}
