#include "builder/plan/expose_ports.h"

#include <gmock/gmock.h>

#include "tests/expect_error.h"

namespace ibuild::builder {
namespace {

using testing::ElementsAre;

TEST(ExposePorts, Forms) {
  EXPECT_THAT(ParseExposedPorts("80"), ElementsAre("80/tcp"));
  EXPECT_THAT(ParseExposedPorts("0"), ElementsAre("0/tcp"));
  EXPECT_THAT(ParseExposedPorts("80/"), ElementsAre("80/tcp"));
  EXPECT_THAT(ParseExposedPorts("53/UDP"), ElementsAre("53/udp"));
  EXPECT_THAT(ParseExposedPorts("7/sctp"), ElementsAre("7/sctp"));
  EXPECT_THAT(ParseExposedPorts("80-82"), ElementsAre("80/tcp", "81/tcp", "82/tcp"));
}

TEST(ExposePorts, TheHostSideIsDropped) {
  EXPECT_THAT(ParseExposedPorts("8080:81"), ElementsAre("81/tcp"));
  EXPECT_THAT(ParseExposedPorts("127.0.0.1:90:91/udp"), ElementsAre("91/udp"));
  EXPECT_THAT(ParseExposedPorts("127.0.0.1::80"), ElementsAre("80/tcp"));
  EXPECT_THAT(ParseExposedPorts("[::1]:90:91"), ElementsAre("91/tcp"));
  EXPECT_THAT(ParseExposedPorts("90-91:80-81"), ElementsAre("80/tcp", "81/tcp"));
}

TEST(ExposePorts, MoreThanAnAddressAndTwoPortsIsAnError) {
  ExpectError(ErrorKind::kInvalidInput, "invalid IP address: 1:2",
              [] { ParseExposedPorts("1:2:3:4"); });
}

TEST(ExposePorts, BadPortsInDockersWords) {
  for (const char* port : {"x", "70000", "9-1", "#", "", "-1", "1-"}) {
    ExpectError(ErrorKind::kInvalidInput, std::string("invalid containerPort: ") + port,
                [&] { ParseExposedPorts(port); });
  }
  ExpectError(ErrorKind::kInvalidInput, "invalid proto: x", [] { ParseExposedPorts("80/x"); });
  ExpectError(ErrorKind::kInvalidInput, "invalid hostPort: y", [] { ParseExposedPorts("y:80"); });
  ExpectError(ErrorKind::kInvalidInput, "invalid IP address: 1.2.3",
              [] { ParseExposedPorts("1.2.3:1:80"); });
  ExpectError(ErrorKind::kInvalidInput, "invalid ranges specified",
              [] { ParseExposedPorts("90-95:80-81"); });
}

}  // namespace
}  // namespace ibuild::builder
