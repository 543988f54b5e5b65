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

TEST(RunOptions, ANetworkMayHaveFields) {
  const auto network =
      ConfigOf({"--network", "name=one,alias=a,\"alias=b,c\",ip=10.1.1.9", "--network", "two"},
               Image())
          .host.network;
  EXPECT_EQ(network.mode, "one");
  EXPECT_EQ(network.aliases, (Words{"a", "b,c"}));
  EXPECT_EQ(network.address, "10.1.1.9");
  EXPECT_EQ(network.Names(), (Words{"one", "two"}));
  for (const char* text : {"name=one,ipX", "names=one", "name=one,aliases=x", "name=", "alias=x"}) {
    ExpectError(ErrorKind::kUsage, "", [&] { ConfigOf({"--network", text}, Image()); });
  }
}

TEST(RunOptions, LimitsOfMemoryGoTogether) {
  const auto limits = SpecOf({"-m", "64m", "--memory-swap", "-1"}, Image()).limits;
  EXPECT_EQ(limits.memory_bytes, 64u << 20);
  EXPECT_EQ(limits.memory_and_swap, ~std::uint64_t{0});
  ExpectError(ErrorKind::kUsage, "--memory-swap needs", [] {
    ConfigOf({"--memory-swap", "64m"}, Image());
  });
  ExpectError(ErrorKind::kUsage, "is less than --memory", [] {
    ConfigOf({"-m", "64m", "--memory-swap", "32m"}, Image());
  });
}

TEST(RunOptions, WhatDoesNotGoTogetherIsToldWithoutAnImage) {
  RunOptions options;
  OptionSet declared;
  options.Declare(declared);
  declared.Parse({"--replace"}, {});
  const auto error = CatchError([&] { options.Check(); });
  EXPECT_EQ(error->message(), "--replace needs --name");
  EXPECT_FALSE(error->hint().empty());
}

TEST(RunOptions, OptionsOfATmpfsAreDoneOrRefused) {
  const auto tmpfs = [](const char* text) {
    return std::get<builder::TmpfsMount>(SpecOf({"--tmpfs", text}, Image()).mounts.back().what);
  };
  EXPECT_TRUE(tmpfs("/t:noexec,size=1m").no_exec);
  EXPECT_TRUE(tmpfs("/t:nosuid,nodev,rw").no_exec) << "Docker's default";
  EXPECT_FALSE(tmpfs("/t:nosuid,exec").no_exec);
  for (const char* text : {"/t:suid", "/t:dev"}) {
    ExpectError(ErrorKind::kUsage, "is no option of tmpfs", [&] {
      ConfigOf({"--tmpfs", text}, Image());
    });
  }
}

}  // namespace
}  // namespace ibuild::cli
