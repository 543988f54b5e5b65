#include "oci/image_config.h"

#include <gtest/gtest.h>

#include "tests/expect_error.h"

namespace ibuild::oci {
namespace {

// The form that BuildKit writes, with every member that it knows.
const std::string kEverything =
    R"({"architecture":"arm","author":"x","config":{"User":"1:2","ExposedPorts":{"443/tcp":{},"80/tcp":{}},)"
    R"("Env":["PATH=/bin","A=b"],"Entrypoint":["a"],"Cmd":["b","c"],"Volumes":{"/v":{}},)"
    R"("WorkingDir":"/w","Labels":{"a":"\u003cb\u003e","c":"d"},"StopSignal":"9","ArgsEscaped":true,)"
    R"("Healthcheck":{"Test":["CMD-SHELL","curl x"],"Interval":300000000000,"Timeout":1,)"
    R"("StartPeriod":2,"StartInterval":3,"Retries":4},"OnBuild":["RUN x"],"Shell":["/bin/bash","-c"]},)"
    R"("created":"2026-11-23T04:42:03.114064435Z",)"
    R"("history":[{"created":"2026-11-23T04:42:03Z","created_by":"COPY f /f # buildkit",)"
    R"("comment":"buildkit.dockerfile.v0"},{"created_by":"ENV A=b","author":"y","empty_layer":true}],)"
    R"("os":"linux","os.features":["f"],"os.version":"1","rootfs":{"type":"layers","diff_ids":[)"
    R"("sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"]},"variant":"v7"})";

TEST(ImageConfig, ParsesAndSerializesAsInverses) {
  const ImageConfig config = ParseImageConfig(kEverything, "config");
  EXPECT_EQ(Serialize(config), kEverything);
  EXPECT_EQ(config.config.healthcheck->interval, std::chrono::minutes(5));
  EXPECT_EQ(config.platform.ToString(), "linux/arm/v7");
  EXPECT_TRUE(config.history[1].empty_layer);
}

TEST(ImageConfig, ToleratesWhatImagesInTheWorldHave) {
  EXPECT_EQ(ParseImageConfig("{}", "config").diff_ids.size(), 0u);
  const ImageConfig config = ParseImageConfig(
      R"({"architecture":"amd64","os":"linux","config":null,"history":null,"rootfs":null,)"
      R"("container":"x","docker_version":"1.2"})",
      "config");
  EXPECT_EQ(config.platform.architecture, "amd64");
  const ImageConfig sets = ParseImageConfig(
      R"({"config":{"ExposedPorts":{"80/tcp":null},"Volumes":null,"Labels":{"a":null},"Cmd":null}})",
      "config");
  EXPECT_EQ(sets.config.exposed_ports.count("80/tcp"), 1u);
  EXPECT_EQ(sets.config.labels.at("a"), "");
}

TEST(ImageConfig, NamesTheMemberThatIsWrong) {
  ExpectError(ErrorKind::kInvalidInput, "config of x: config.Env: expected an array",
              [] { ParseImageConfig(R"({"config":{"Env":"A=b"}})", "config of x"); });
  ExpectError(ErrorKind::kInvalidInput, "rootfs.diff_ids[0]: expected a digest",
              [] { ParseImageConfig(R"({"rootfs":{"diff_ids":["sha256:x"]}})", "config"); });
  ExpectError(ErrorKind::kInvalidInput, "expected an object",
              [] { ParseImageConfig("[]", "config"); });
}

TEST(ImageConfig, AnEmptyOneStillHasItsRequiredMembers) {
  ImageConfig config;
  config.platform.architecture = "amd64";
  EXPECT_EQ(Serialize(config), R"({"architecture":"amd64","config":{},"os":"linux",)"
                               R"("rootfs":{"type":"layers","diff_ids":[]}})");
}

TEST(Env, FindsAndReplacesInPlace) {
  std::vector<std::string> env = {"A=1", "AB=2", "BARE"};
  EXPECT_EQ(FindEnv(env, "A"), "1");
  EXPECT_EQ(FindEnv(env, "AB"), "2");
  EXPECT_EQ(FindEnv(env, "BARE"), "");
  EXPECT_EQ(FindEnv(env, "B"), std::nullopt);
  SetEnv(env, "A", "x=y");
  SetEnv(env, "C", "");
  EXPECT_EQ(env, (std::vector<std::string>{"A=x=y", "AB=2", "BARE", "C="}));
}

}  // namespace
}  // namespace ibuild::oci
