// Subnets, addresses and the texts about who is where.
#include <gtest/gtest.h>

#include "containers/engine/link_variables.h"
#include "containers/network/join_message.h"
#include "containers/network/subnet.h"
#include "support/error.h"

namespace ibuild::containers {
namespace {

TEST(Subnets, AreReadAndWritten) {
  EXPECT_EQ(FormatSubnet(ParseSubnet("172.17.0.0/16")), "172.17.0.0/16");
  for (const char* bad : {"", "172.17.0.0", "172.17.0.0/33", "172.17.0.0/30", "172.17.0.1/16",
                          "256.0.0.0/8", "1.2.3/8"}) {
    EXPECT_THROW(ParseSubnet(bad), Error) << bad;
  }
  EXPECT_EQ(FormatAddress(*ParseAddress("10.1.2.3")), "10.1.2.3");
  EXPECT_FALSE(ParseAddress("10.1.2.3.4"));
  EXPECT_FALSE(ParseAddress("10.1.2.-3"));
  EXPECT_EQ(MacFor(*ParseAddress("172.17.0.2")), "02:42:ac:11:00:02");
}

TEST(Subnets, HaveThePlacesOfTheRouterApart) {
  const Subnet wide = ParseSubnet("172.17.0.0/16");
  EXPECT_EQ(FormatAddress(wide.Machine()), "172.17.0.1");
  EXPECT_EQ(FormatSubnet(wide.RouterBlock()), "172.17.255.0/25");
  EXPECT_EQ(FormatAddress(wide.Outside()), "172.17.255.2");
  const Subnet narrow = ParseSubnet("10.0.0.0/24");
  EXPECT_EQ(FormatSubnet(narrow.RouterBlock()), "10.0.0.128/25");
}

TEST(Subnets, GiveTheLowestFreeAddress) {
  const Subnet subnet = ParseSubnet("10.0.0.0/24");
  EXPECT_EQ(FormatAddress(*FreeAddress(subnet, {})), "10.0.0.2");
  EXPECT_EQ(FormatAddress(*FreeAddress(subnet, {subnet.address + 2})), "10.0.0.3");
  std::set<std::uint32_t> taken;
  while (const auto address = FreeAddress(subnet, taken)) {
    EXPECT_FALSE(subnet.RouterBlock().Contains(*address));
    ASSERT_TRUE(taken.insert(*address).second);
  }
  EXPECT_EQ(taken.size(), 126U);
}

TEST(Subnets, RoutesOfTheMachineAreRead) {
  const std::string table =
      "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
      "eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
      "docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n";
  EXPECT_EQ(ParseRoutes(table), (std::vector<Subnet>{ParseSubnet("172.17.0.0/16")}));
}

Member MakeMember(const std::string& id, const std::string& name, const std::string& address) {
  Member member;
  member.request.id = id;
  member.request.name = name;
  member.request.hostname = name + "-host";
  member.endpoint.address = address;
  return member;
}

TEST(HostsFiles, NameLinksAndOnNamedNetworksEverybody) {
  Member self = MakeMember("aaaaaaaaaaaaaaaa", "web", "172.17.0.2");
  Member other = MakeMember("bbbbbbbbbbbbbbbb", "db", "172.17.0.3");
  other.request.aliases = {"store"};
  const std::string own = "172.17.0.2\tweb-host\n";
  EXPECT_EQ(HostsFor(self, {&other}), own);
  self.request.links = {"bbbbbbbbbbbbbbbb:data"};
  EXPECT_EQ(HostsFor(self, {&other}), own + "172.17.0.3\tdata db bbbbbbbbbbbb\n");
  self.request.links.clear();
  self.request.see_all = true;
  EXPECT_EQ(HostsFor(self, {&other}),
            "172.17.0.2\tweb-host web aaaaaaaaaaaa\n"
            "172.17.0.3\tdb store bbbbbbbbbbbb db-host\n");
}

// What the container's own user wrote stays, and each network speaks for itself.
TEST(HostsFiles, HaveAPartForEachNetwork) {
  const std::string own = "127.0.0.1\tlocalhost\n1.2.3.4\tmine\n";
  const std::string one = WithSection(own, "one", "10.0.0.2\tweb\n");
  const std::string both = WithSection(one, "two", "10.1.0.2\tweb\n");
  EXPECT_EQ(both, own + "# network one\n10.0.0.2\tweb\n# network two\n10.1.0.2\tweb\n");
  EXPECT_EQ(WithSection(both, "one", ""), own + "# network two\n10.1.0.2\tweb\n");
  EXPECT_EQ(WithSection(WithSection(both, "two", ""), "one", ""), own);
  EXPECT_EQ(WithSection(one, "one", "10.0.0.3\tweb\n"), own + "# network one\n10.0.0.3\tweb\n");
}

Container MakeLinked() {
  Container other;
  other.config.process.exposed_ports = {"6379/tcp", "53/udp"};
  other.config.process.env = {"PATH=/bin", "MODE=fast"};
  other.state.endpoints.push_back({});
  other.state.endpoints.front().address = "172.17.0.3";
  return other;
}

TEST(LinkVariables, TellWhereTheOtherIs) {
  const std::vector<std::string> variables = LinkVariables("web", "my-db", MakeLinked());
  const std::vector<std::string> expected = {"MY_DB_PORT=udp://172.17.0.3:53",
                                             "MY_DB_PORT_53_UDP=udp://172.17.0.3:53",
                                             "MY_DB_PORT_53_UDP_ADDR=172.17.0.3",
                                             "MY_DB_PORT_53_UDP_PORT=53",
                                             "MY_DB_PORT_53_UDP_PROTO=udp",
                                             "MY_DB_PORT_6379_TCP=tcp://172.17.0.3:6379",
                                             "MY_DB_PORT_6379_TCP_ADDR=172.17.0.3",
                                             "MY_DB_PORT_6379_TCP_PORT=6379",
                                             "MY_DB_PORT_6379_TCP_PROTO=tcp",
                                             "MY_DB_NAME=/web/my-db",
                                             "MY_DB_ENV_MODE=fast"};
  EXPECT_EQ(variables, expected);
}

TEST(JoinMessages, AreReadAsTheyWereWritten) {
  const Member member = MakeMember("a", "b", "1.2.3.4");
  EXPECT_EQ(Serialize(ParseJoinRequest(Serialize(member.request))), Serialize(member.request));
  JoinAnswer answer;
  answer.endpoint = member.endpoint;
  answer.name_server = "1.2.3.5";
  EXPECT_EQ(Serialize(ParseJoinAnswer(Serialize(answer))), Serialize(answer));
}

}  // namespace
}  // namespace ibuild::containers
