// Against the real git and its own daemon on loopback.
#include "builder/git/git_checkout.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "support/error.h"
#include "support/files.h"
#include "support/process.h"

namespace ibuild::builder {
namespace {

namespace fs = std::filesystem;

int FreePort() {
  const UniqueFd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size);
  getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

class GitCheckoutTest : public testing::Test {
 protected:
  void SetUp() override {
    std::vector<std::string> init = {"init", "--quiet", "--initial-branch=main"};
    if (!object_format_.empty()) init.push_back("--object-format=" + object_format_);
    Git(init);
    Commit("one");
    Git({"tag", "-a", "-m", "annotated", "v1"});
    Commit("two");
    StartDaemon();
  }
  void TearDown() override {
    kill(-daemon_, SIGTERM);
    waitpid(daemon_, nullptr, 0);
  }

  std::string Git(std::vector<std::string> arguments) {
    ProcessSpec spec;
    spec.argv = {"git", "-C", repository().string()};
    spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
    spec.environment = {"PATH=/usr/bin:/bin",   "HOME=" + temp_.path().string(),
                        "GIT_AUTHOR_NAME=a",    "GIT_AUTHOR_EMAIL=a@b",
                        "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b"};
    const ProcessResult result = RunProcess(spec);
    EXPECT_TRUE(result.status.Success()) << result.errors;
    return result.output.substr(0, result.output.find('\n'));
  }

  void Commit(const std::string& text) {
    fs::create_directories(repository() / "dir");
    WriteFileAtomically(repository() / "dir" / "file", text);
    Git({"add", "."});
    Git({"commit", "--quiet", "-m", text});
  }

  void StartDaemon() {
    const int port = FreePort();
    remote_ = "git://127.0.0.1:" + std::to_string(port) + "/repository";
    daemon_ = fork();
    if (daemon_ == 0) {
      setpgid(0, 0);
      const std::string base = "--base-path=" + temp_.path().string();
      execlp("git", "git", "daemon", "--export-all", "--reuseaddr", "--listen=127.0.0.1",
             ("--port=" + std::to_string(port)).c_str(), base.c_str(), nullptr);
      _exit(127);
    }
    for (int i = 0; i < 100; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      try {
        ResolveGitCommit(*ParseGitUrl(remote_, GitUrlUse::kAdd), {});
        return;
      } catch (const Error&) {
      }
    }
    FAIL() << "git daemon did not start";
  }

  fs::path repository() {
    fs::create_directories(temp_.path() / "repository");
    return temp_.path() / "repository";
  }
  GitUrl Url(const std::string& suffix) {
    return ParseGitUrl(remote_ + suffix, GitUrlUse::kAdd).value();
  }
  std::string CheckedOut(const std::string& suffix) {
    const GitUrl url = Url(suffix);
    const TempDir out(temp_.path());
    CheckOutGitCommit(url, ResolveGitCommit(url, {}), {}, out.path());
    has_git_dir_ = fs::exists(out.path() / ".git");
    return ReadFile(out.path() / "dir" / "file");
  }

  TempDir temp_{fs::temp_directory_path()};
  std::string remote_;
  pid_t daemon_ = -1;
  bool has_git_dir_ = false;
  std::string object_format_;
};

class Sha256GitCheckoutTest : public GitCheckoutTest {
 protected:
  Sha256GitCheckoutTest() { object_format_ = "sha256"; }
};

TEST_F(Sha256GitCheckoutTest, ChecksOutBranchTagAndCommit) {
  EXPECT_EQ(CheckedOut(""), "two");
  EXPECT_EQ(CheckedOut("#v1"), "one");
  EXPECT_EQ(CheckedOut("#" + Git({"rev-parse", "v1^{commit}"})), "one");
}

TEST_F(GitCheckoutTest, ChecksOutHeadBranchTagAndCommit) {
  EXPECT_EQ(CheckedOut(""), "two");
  EXPECT_FALSE(has_git_dir_);
  EXPECT_EQ(CheckedOut("#main"), "two");
  EXPECT_EQ(CheckedOut("#v1"), "one");
  EXPECT_EQ(CheckedOut("#refs/tags/v1"), "one");
  EXPECT_EQ(CheckedOut("#" + Git({"rev-parse", "v1^{commit}"})), "one");
}

TEST_F(GitCheckoutTest, FilesGetTheTimeThatIsAskedFor) {
  const auto seconds = std::stoll(Git({"show", "-s", "--format=%ct", "v1^{commit}"}));
  const TempDir out(temp_.path());
  GitUrl url = Url("#v1");
  url.commit_times = true;
  const UnixTime time = CheckOutGitCommit(url, ResolveGitCommit(url, {}), {}, out.path());
  EXPECT_EQ(time.seconds, seconds);
  struct stat file;
  ASSERT_EQ(::stat((out.path() / "dir/file").c_str(), &file), 0);
  EXPECT_EQ(file.st_mtim.tv_sec, seconds);
  EXPECT_EQ(file.st_mtim.tv_nsec, 0);
}

TEST_F(GitCheckoutTest, ResolvesAnAnnotatedTagToItsCommit) {
  EXPECT_EQ(ResolveGitCommit(Url("#v1"), {}), Git({"rev-parse", "v1^{commit}"}));
}

TEST_F(GitCheckoutTest, ChecksTheChecksum) {
  GitUrl url = Url("#v1");
  url.checksum = Git({"rev-parse", "v1^{commit}"}).substr(0, 10);
  EXPECT_NO_THROW(ResolveGitCommit(url, {}));
  url.checksum = "0000000";
  EXPECT_THROW(ResolveGitCommit(url, {}), Error);
}

TEST_F(GitCheckoutTest, KeepsTheGitDirectoryWhenAsked) {
  GitUrl url = Url("");
  url.keep_git_dir = true;
  const TempDir out(temp_.path());
  CheckOutGitCommit(url, ResolveGitCommit(url, {}), {}, out.path());
  EXPECT_TRUE(fs::exists(out.path() / ".git" / "HEAD"));
}

TEST_F(GitCheckoutTest, SaysWhichRefIsMissing) {
  try {
    ResolveGitCommit(Url("#nope"), {});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNotFound);
    EXPECT_NE(error.message().find("nope"), std::string::npos);
  }
}

}  // namespace
}  // namespace ibuild::builder
