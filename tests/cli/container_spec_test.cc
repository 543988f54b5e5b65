#include "cli/container_spec.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "tests/expect_error.h"

namespace ibuild::cli {
namespace {

using Words = std::vector<std::string>;

oci::RuntimeConfig Image() {
  oci::RuntimeConfig image;
  image.entrypoint = {"/entry"};
  image.cmd = {"default", "args"};
  image.env = {"A=1", "PATH=/bin"};
  image.working_dir = "/w";
  image.user = "nobody";
  return image;
}

TEST(MakeSpec, HonoursTheImage) {
  const builder::SandboxSpec spec = ContainerOptions().MakeSpec(Image(), {});
  EXPECT_EQ(spec.argv, (Words{"/entry", "default", "args"}));
  EXPECT_EQ(spec.working_directory, "/w");
  EXPECT_EQ(spec.user, "nobody");
  EXPECT_EQ(oci::FindEnv(spec.env, "A"), "1");
  EXPECT_EQ(oci::FindEnv(spec.env, "PATH"), "/bin");
}

TEST(MakeSpec, ACommandTakesThePlaceOfCmd) {
  EXPECT_EQ(ContainerOptions().MakeSpec(Image(), {"x"}).argv, (Words{"/entry", "x"}));
}

TEST(MakeSpec, AnEntrypointTakesThePlaceOfBoth) {
  ContainerOptions options;
  options.entrypoint = "/other";
  EXPECT_EQ(options.MakeSpec(Image(), {}).argv, Words{"/other"});
  EXPECT_EQ(options.MakeSpec(Image(), {"x"}).argv, (Words{"/other", "x"}));
  options.entrypoint = "";
  EXPECT_EQ(options.MakeSpec(Image(), {"x"}).argv, Words{"x"});
}

TEST(MakeSpec, OptionsBeatTheImage) {
  ContainerOptions options;
  options.env = {"A=2", "B=3", "FROM_US", "NOT_SET_ANYWHERE"};
  options.working_directory = "/other";
  options.user = "0";
  ::setenv("FROM_US", "ours", 1);
  const builder::SandboxSpec spec = options.MakeSpec(Image(), {});
  EXPECT_EQ(oci::FindEnv(spec.env, "A"), "2");
  EXPECT_EQ(oci::FindEnv(spec.env, "B"), "3");
  EXPECT_EQ(oci::FindEnv(spec.env, "FROM_US"), "ours");
  EXPECT_EQ(oci::FindEnv(spec.env, "NOT_SET_ANYWHERE"), std::nullopt);
  EXPECT_EQ(spec.working_directory, "/other");
  EXPECT_EQ(spec.user, "0");
}

TEST(MakeSpec, GivesWhatEveryProgramExpects) {
  const builder::SandboxSpec spec = ContainerOptions().MakeSpec({}, {"x"});
  EXPECT_TRUE(oci::FindEnv(spec.env, "PATH"));
  EXPECT_EQ(oci::FindEnv(spec.env, "HOSTNAME"), spec.hostname);
  EXPECT_EQ(spec.working_directory, "/");
}

TEST(MakeSpec, NothingToRunIsAnError) {
  ExpectError(ErrorKind::kInvalidInput, "no program to run",
              [] { ContainerOptions().MakeSpec({}, {}); });
}

TEST(ContainerOptions, VolumesAreCheckedAtOnce) {
  ContainerOptions container;
  OptionSet options;
  container.Declare(options);
  options.Parse({"-v", "/etc:/there/../x:ro"}, {});
  ASSERT_EQ(container.volumes.size(), 1u);
  EXPECT_EQ(container.volumes[0].target, "/x");
  for (const char* text : {"x", "relative:/x", "/etc:relative", "/etc:/x:rx", "/nonexistent:/x"}) {
    ExpectError(ErrorKind::kUsage, "invalid value for --volume", [&] {
      options.Parse({"-v", text}, {});
    });
  }
}

TEST(ContainerOptions, PublishingPortsIsAnHonestError) {
  ContainerOptions container;
  OptionSet options;
  container.Declare(options);
  const auto error = CatchError([&] { options.Parse({"-p", "80:80"}, {}); });
  EXPECT_NE(error->hint().find("--network host"), std::string::npos);
}

}  // namespace
}  // namespace ibuild::cli
