// A stand-in for an agent answers every byte with the next one.
#include "builder/secrets/ssh_forward.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "support/files.h"

namespace ibuild::builder {
namespace {

sockaddr_un AddressOf(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

class SshForwardTest : public ::testing::Test {
 protected:
  SshForwardTest() : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const sockaddr_un address = AddressOf(agent_);
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
              0);
    EXPECT_EQ(::listen(listener_.get(), 4), 0);
    std::filesystem::create_directory(directory_.path() / "step");
    thread_ = std::thread([this] { Answer(); });
  }
  ~SshForwardTest() override {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }

  static UniqueFd Connect(const std::filesystem::path& path) {
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_un address = AddressOf(path);
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return fd;
  }
  static std::string Ask(const UniqueFd& fd, const std::string& question) {
    EXPECT_EQ(::send(fd.get(), question.data(), question.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(question.size()));
    std::string answer(question.size(), '\0');
    const ssize_t got = ::recv(fd.get(), answer.data(), answer.size(), MSG_WAITALL);
    answer.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return answer;
  }

  TempDir directory_{std::filesystem::temp_directory_path()};
  std::filesystem::path agent_ = directory_.path() / "agent";
  std::filesystem::path step_ = directory_.path() / "step";

 private:
  void Answer() const {
    for (;;) {
      const UniqueFd peer(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!peer) return;
      char byte = 0;
      while (::recv(peer.get(), &byte, 1, 0) == 1) {
        ++byte;
        ::send(peer.get(), &byte, 1, MSG_NOSIGNAL);
      }
    }
  }

  UniqueFd listener_;
  std::thread thread_;
};

TEST_F(SshForwardTest, PassesBothWays) {
  const SshForward forward(agent_, step_, {});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Ask(Connect(forward.socket()), "abc"), "bcd");
}

TEST_F(SshForwardTest, HasModeAndOwner) {
  const SshForward forward(agent_, step_, {.mode = 0640, .uid = ::getuid(), .gid = ::getgid()});
  struct stat state;
  ASSERT_EQ(::lstat(forward.socket().c_str(), &state), 0);
  EXPECT_TRUE(S_ISSOCK(state.st_mode));
  EXPECT_EQ(state.st_mode & 07777, 0640u);
  EXPECT_EQ(state.st_uid, ::getuid());
}

TEST_F(SshForwardTest, AnAgentThatIsGoneEndsTheConversation) {
  const SshForward forward(directory_.path() / "nobody", step_, {});
  const UniqueFd fd = Connect(forward.socket());
  char byte = 0;
  EXPECT_LE(::recv(fd.get(), &byte, 1, 0), 0);
}

TEST_F(SshForwardTest, AnAgentThatNoAddressCanNameIsNobody) {
  const SshForward forward(directory_.path() / std::string(120, 'a'), step_, {});
  const UniqueFd fd = Connect(forward.socket());
  char byte = 0;
  EXPECT_LE(::recv(fd.get(), &byte, 1, 0), 0);
}

TEST_F(SshForwardTest, EndsWhileSomebodyIsConnected) {
  UniqueFd left;
  {
    const SshForward forward(agent_, step_, {});
    left = Connect(forward.socket());
    EXPECT_EQ(Ask(left, "x"), "y");
  }
  char byte = 0;
  EXPECT_LE(::recv(left.get(), &byte, 1, 0), 0);
}

}  // namespace
}  // namespace ibuild::builder
