// A container's name server at work, in a network namespace of the test's own.
#include "containers/monitor/name_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>
#include <thread>
#include <utility>

#include "containers/network/dns_message.h"
#include "containers/network/netlink.h"
#include "support/files.h"

namespace ibuild::containers {
namespace {

using std::string_view_literals::operator""sv;

constexpr int kNoNamespace = 99;

std::string Query(const std::string& name) {
  return std::string("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"sv)
      .append(1, static_cast<char>(name.size()))
      .append(name)
      .append("\0\0\x01\0\x01"sv);
}

sockaddr_in Port53(const char* address) {
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_port = htons(53);
  inet_pton(AF_INET, address, &place.sin_addr);
  return place;
}

UniqueFd Open(int type) {
  UniqueFd fd(socket(AF_INET, type | SOCK_CLOEXEC, 0));
  const timeval patience{10, 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return fd;
}

UniqueFd Connected(int type) {
  UniqueFd fd = Open(type);
  const sockaddr_in place = Port53(kNameServerAddress);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&place), sizeof place) != 0) fd.Reset();
  return fd;
}

std::string Receive(const UniqueFd& fd) {
  std::array<char, 1024> buffer{};
  const ssize_t size = recv(fd.get(), buffer.data(), buffer.size(), 0);
  return {buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

std::string Ask(const std::string& name) {
  const UniqueFd fd = Connected(SOCK_DGRAM);
  const std::string query = Query(name);
  send(fd.get(), query.data(), query.size(), 0);
  return Receive(fd);
}

std::string AskByConnection(const std::string& name) {
  const UniqueFd fd = Connected(SOCK_STREAM);
  const std::string query = Query(name);
  const std::string bytes = std::string(1, '\0') + static_cast<char>(query.size()) + query;
  send(fd.get(), bytes.data(), bytes.size(), 0);
  std::array<char, 2> length{};
  recv(fd.get(), length.data(), length.size(), MSG_WAITALL);
  return Receive(fd);
}

// Answers one question with 10.9.8.7.
std::thread StartUpstream() {
  UniqueFd fd = Open(SOCK_DGRAM);
  const sockaddr_in place = Port53("127.0.0.1");
  EXPECT_EQ(bind(fd.get(), reinterpret_cast<const sockaddr*>(&place), sizeof place), 0);
  return std::thread([fd = std::move(fd)] {
    std::array<char, 1024> buffer{};
    sockaddr_in client{};
    socklen_t size = sizeof client;
    const ssize_t got = recvfrom(fd.get(), buffer.data(), buffer.size(), 0,
                                 reinterpret_cast<sockaddr*>(&client), &size);
    if (got <= 0) return;
    const std::string_view query(buffer.data(), static_cast<std::size_t>(got));
    const std::string answer = AnswerAddresses(query, *ParseQuestion(query), {0x0a090807});
    sendto(fd.get(), answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&client), size);
  });
}

// The number of the first thing that is not as it should be.
int Examine(const std::string& hosts_path) {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return kNoNamespace;
  Netlink().SetUp("lo");
  const UniqueFd here = OpenFile("/proc/self/ns/net", O_RDONLY);
  const UniqueFd hosts = OpenFile(hosts_path, O_RDWR);
  HelperProcess server = StartNameServer(
      {.net_namespace = here.get(), .hosts = hosts.get(), .upstreams = {"127.0.0.1"}});
  if (!server.running()) return 1;
  if (!Ask("db").ends_with("\x04\xac\x12\0\x02"sv)) return 2;
  if (!AskByConnection("db").ends_with("\x04\xac\x12\0\x02"sv)) return 3;
  std::thread upstream = StartUpstream();
  const bool passed_on = Ask("elsewhere").ends_with("\x04\x0a\x09\x08\x07"sv);
  upstream.join();
  if (!passed_on) return 4;
  // Nobody is there any more who could be asked.
  if (Ask("elsewhere").substr(2, 2) != "\x81\x82"sv) return 5;
  // Whoever holds the lock of the file for ever keeps nobody waiting.
  const UniqueFd other = OpenFile(hosts_path, O_RDONLY);
  if (flock(other.get(), LOCK_EX) != 0 || !Ask("db").ends_with("\x04\xac\x12\0\x02"sv)) return 6;
  // The place is taken.
  if (StartNameServer({.net_namespace = here.get(), .hosts = hosts.get(), .upstreams = {}})
          .running()) {
    return 7;
  }
  server.Stop();
  return Connected(SOCK_STREAM) ? 8 : 0;
}

TEST(NameServers, AnswerFromTheFileAndPassTheRestOn) {
  const TempDir directory(testing::TempDir());
  WriteFileAtomically(directory.path() / "hosts", "# network shop\n172.18.0.2\tdb\n");
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) _exit(Examine(directory.path() / "hosts"));
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kNoNamespace) GTEST_SKIP() << "no user namespace to be had";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace ibuild::containers
