#include "cli/building/secret_options.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "tests/expect_error.h"
#include "tests/scratch_dir.h"

namespace ibuild::cli {
namespace {

builder::SecretSource Parse(const std::string& text) {
  std::map<std::string, builder::SecretSource> secrets;
  AddSecret(secrets, text);
  return secrets.at("x");
}

TEST(AddSecret, ReadsTheSources) {
  const ScratchDir dir;
  const std::string file = dir.path() / "secret";
  WriteFileAtomically(file, "s");
  EXPECT_EQ(Parse("id=x,src=" + file).file, file);
  EXPECT_EQ(Parse("id=x,source=" + file).file, file);
  EXPECT_EQ(Parse("id=x,env=NAME").environment, "NAME");
  EXPECT_EQ(Parse("id=x,type=env").environment, "x");
  EXPECT_EQ(Parse("id=x,cmd=pass show x").command, "pass show x");
}

TEST(AddSecret, FaultsAreFoundBeforeTheBuild) {
  const auto refuse = [](const std::string& text, const std::string& words) {
    ExpectError(ErrorKind::kUsage, words, [&] { Parse(text); });
  };
  refuse("x", "\"x\" is not key=value");
  refuse("id=x,foo=bar", "unknown key \"foo\"");
  refuse("src=/etc/passwd", "has no id");
  refuse("id=x,src=/nonexistent/secret", "secret file not found: /nonexistent/secret");
}

TEST(AddSshAgent, WantsAnAgent) {
  std::map<std::string, std::filesystem::path> agents;
  ::unsetenv("SSH_AUTH_SOCK");
  ExpectError(ErrorKind::kUsage, "SSH_AUTH_SOCK", [&] { AddSshAgent(agents, "default"); });
  ::setenv("SSH_AUTH_SOCK", "/run/agent", 1);
  AddSshAgent(agents, "default");
  EXPECT_EQ(agents.at("default"), "/run/agent");
  ::unsetenv("SSH_AUTH_SOCK");
  ExpectError(ErrorKind::kUnsupported, "no agent's socket",
              [&] { AddSshAgent(agents, "k=/etc/passwd"); });
}

}  // namespace
}  // namespace ibuild::cli
