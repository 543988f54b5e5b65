#include "cli/containers/run_options.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "containers/engine/container_spec.h"
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

containers::ContainerConfig ConfigOf(const Words& line, const oci::RuntimeConfig& image,
                                     const Words& command = {}) {
  RunOptions options;
  OptionSet declared;
  options.Declare(declared);
  declared.Parse(line, {});
  return options.MakeConfig(image, command);
}

// What the options and the image make of the sandbox.
builder::SandboxSpec SpecOf(const Words& line, const oci::RuntimeConfig& image,
                            const Words& command = {}) {
  containers::Container container;
  container.config = ConfigOf(line, image, command);
  if (container.config.process.hostname.empty()) container.config.process.hostname = "host";
  return containers::MakeSpec(container, {});
}

TEST(RunOptions, HonourTheImage) {
  const builder::SandboxSpec spec = SpecOf({}, Image());
  EXPECT_EQ(spec.argv, (Words{"/entry", "default", "args"}));
  EXPECT_EQ(spec.working_directory, "/w");
  EXPECT_EQ(spec.user, "nobody");
  EXPECT_EQ(oci::FindEnv(spec.env, "A"), "1");
  EXPECT_EQ(oci::FindEnv(spec.env, "PATH"), "/bin");
}

TEST(RunOptions, ACommandTakesThePlaceOfCmd) {
  EXPECT_EQ(SpecOf({}, Image(), {"x"}).argv, (Words{"/entry", "x"}));
}

TEST(RunOptions, AnEntrypointTakesThePlaceOfBoth) {
  EXPECT_EQ(SpecOf({"--entrypoint=/other"}, Image()).argv, Words{"/other"});
  EXPECT_EQ(SpecOf({"--entrypoint=/other"}, Image(), {"x"}).argv, (Words{"/other", "x"}));
  EXPECT_EQ(SpecOf({"--entrypoint="}, Image(), {"x"}).argv, Words{"x"});
}

TEST(RunOptions, BeatTheImage) {
  ::setenv("FROM_US", "ours", 1);
  const builder::SandboxSpec spec = SpecOf({"-e", "A=2", "-e", "B=3", "-e", "FROM_US", "-e",
                                            "NOT_SET_ANYWHERE", "-w", "/other", "-u", "0"},
                                           Image());
  EXPECT_EQ(oci::FindEnv(spec.env, "A"), "2");
  EXPECT_EQ(oci::FindEnv(spec.env, "B"), "3");
  EXPECT_EQ(oci::FindEnv(spec.env, "FROM_US"), "ours");
  EXPECT_EQ(oci::FindEnv(spec.env, "NOT_SET_ANYWHERE"), std::nullopt);
  EXPECT_EQ(spec.working_directory, "/other");
  EXPECT_EQ(spec.user, "0");
}

TEST(RunOptions, GiveWhatEveryProgramExpects) {
  const builder::SandboxSpec spec = SpecOf({"-h", "named"}, {}, {"x"});
  EXPECT_EQ(oci::FindEnv(spec.env, "PATH"),
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  EXPECT_EQ(oci::FindEnv(spec.env, "HOSTNAME"), spec.hostname);
  EXPECT_EQ(spec.hostname, "named");
  EXPECT_EQ(spec.working_directory, "/");
}

TEST(RunOptions, NothingToRunIsAnError) {
  ExpectError(ErrorKind::kInvalidInput, "names no program to run", [] { ConfigOf({}, {}); });
}

TEST(RunOptions, VolumesAreCheckedAtOnce) {
  const auto config = ConfigOf({"-v", "/etc:/there/../x:ro"}, Image());
  ASSERT_EQ(config.mounts.size(), 1u);
  EXPECT_EQ(config.mounts[0].source, "/etc");
  EXPECT_EQ(config.mounts[0].destination, "/x");
  EXPECT_FALSE(config.mounts[0].writable);
  for (const char* text : {"/etc:relative", "/etc:/x:rx", "no/volume:/x"}) {
    ExpectError(ErrorKind::kUsage, "invalid value for --volume", [&] {
      ConfigOf({"-v", text}, Image());
    });
  }
}

}  // namespace
}  // namespace ibuild::cli
