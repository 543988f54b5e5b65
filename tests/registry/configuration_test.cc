// What configuration files say of registries: read, and obeyed.
#include "registry/config/config_value.h"
#include "registry/config/hosts_toml.h"
#include "registry/config/registries_conf.h"
#include "registry/config/registry_rules.h"
#include "support/files.h"
#include "tests/registry/transfer_fixture.h"

namespace ibuild::registry {
namespace {

using fakes::AnswerWith;
using fakes::InProcessRegistry;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

oci::Repository RepositoryNamed(const std::string& text) {
  return oci::Reference::Parse(text).repository();
}

RegistriesConf ConfOf(const std::string& text) {
  RegistriesConf conf;
  conf.Add(text, "registries.conf");
  return conf;
}

std::string FaultOf(const std::string& text) {
  return ErrorOf([&] { ConfOf(text); }).what();
}

TEST(RegistriesConf, BrokenFileIsNamedWithItsLine) {
  EXPECT_THAT(FaultOf("a = 1\nb = = 2\n"), HasSubstr("registries.conf:2"));
  EXPECT_THAT(FaultOf("[[registry]]\nlocation = \"r.example\"\ninsecure = \"yes\"\n"),
              HasSubstr("registries.conf:3: expected true or false"));
  EXPECT_THAT(FaultOf("[registries.search]\nregistries = [\"r\"]\n"), HasSubstr("version 1"));
  EXPECT_THAT(FaultOf("[[registry]]\ninsecure = true\n"), HasSubstr("`location`"));
}

TEST(RegistriesConf, LongestPrefixDecidesAlone) {
  const RegistriesConf conf = ConfOf(R"(
[[registry]]
location = "r.example"
[[registry.mirror]]
location = "mirror.example"
[[registry]]
prefix = "r.example/team"
location = "other.example/moved"
)");
  const auto wide = conf.RouteOf(RepositoryNamed("r.example/x/y"));
  ASSERT_TRUE(wide);
  ASSERT_EQ(wide->mirrors.size(), 1u);
  EXPECT_EQ(wide->mirrors[0].repository.ToString(), "mirror.example/x/y");
  EXPECT_EQ(wide->origin.repository.ToString(), "r.example/x/y");
  const auto narrow = conf.RouteOf(RepositoryNamed("r.example/team/app"));
  ASSERT_TRUE(narrow);
  EXPECT_THAT(narrow->mirrors, IsEmpty());
  EXPECT_EQ(narrow->origin.repository.ToString(), "other.example/moved/app");
  // "team" is a part of "teamwork", but no prefix of it.
  EXPECT_EQ(conf.RouteOf(RepositoryNamed("r.example/teamwork/x"))->mirrors.size(), 1u);
  EXPECT_FALSE(conf.RouteOf(RepositoryNamed("q.example/x")));
}

TEST(RegistriesConf, PrefixAloneIsItsOwnLocation) {
  const RegistriesConf conf = ConfOf(R"(
[[registry]]
prefix = "r.example/team"
[[registry.mirror]]
location = "mirror.example"
)");
  const auto route = conf.RouteOf(RepositoryNamed("r.example/team/app"));
  ASSERT_TRUE(route);
  EXPECT_EQ(route->origin.repository.ToString(), "r.example/team/app");
  EXPECT_EQ(route->mirrors.at(0).repository.ToString(), "mirror.example/app");
}

TEST(RegistryRules, FileThatTheUserNamesMustBeThere) {
  RuleSettings settings;
  settings.files.registries_conf = {"/nonexistent/r.conf"};
  EXPECT_FALSE(RegistryRules(settings).IsInsecure(RepositoryNamed("r.example/x").host));
  settings.files.registries_conf_named = true;
  EXPECT_THAT(
      ErrorOf([&] { RegistryRules(settings).RouteOf(RepositoryNamed("r.example/x")); }).what(),
      HasSubstr("/nonexistent/r.conf"));
}

TEST(RegistryRules, FileThatTheUserNamesMustBeWithinReach) {
  const TempDir home(std::filesystem::temp_directory_path());
  const std::filesystem::path loop = home.path() / "loop";
  std::filesystem::create_symlink(loop, loop);
  RuleSettings settings;
  settings.files.registries_conf = {loop / "r.conf"};
  settings.files.registries_conf_named = true;
  const Error error =
      ErrorOf([&] { RegistryRules(settings).RouteOf(RepositoryNamed("r.example/x")); });
  EXPECT_THAT(error.what(), HasSubstr((loop / "r.conf").string()));
  EXPECT_THAT(error.hint(), HasSubstr("CONTAINERS_REGISTRIES_CONF"));
}

TEST(RegistriesConf, WildcardMeansTheHostsBelow) {
  const RegistriesConf conf = ConfOf("[[registry]]\nprefix = \"*.example.com\"\nblocked = true\n");
  EXPECT_EQ(ErrorOf([&] { conf.RouteOf(RepositoryNamed("a.example.com/x")); }).kind(),
            ErrorKind::kPermissionDenied);
  EXPECT_FALSE(conf.RouteOf(RepositoryNamed("example.com/x")));
}

TEST(RegistriesConf, LaterFilesReplaceTablesOfTheSamePrefix) {
  RegistriesConf conf = ConfOf("[[registry]]\nlocation = \"r.example\"\nblocked = true\n");
  conf.Add("[[registry]]\nlocation = \"r.example\"\ninsecure = true\n", "d/1.conf");
  EXPECT_TRUE(conf.RouteOf(RepositoryNamed("r.example/x"))->origin.insecure);
}

TEST(RegistriesConf, MirrorsAreTrustedAsTheySay) {
  const RegistriesConf conf = ConfOf(R"(
[[registry]]
location = "r.example"
[[registry.mirror]]
location = "a.example"
pull-from-mirror = "digest-only"
[[registry.mirror]]
location = "b.example"
pull-from-mirror = "tag-only"
)");
  const Route route = *conf.RouteOf(RepositoryNamed("r.example/x"));
  EXPECT_FALSE(route.mirrors[0].resolves_tags);
  EXPECT_TRUE(route.mirrors[0].serves_digests);
  EXPECT_TRUE(route.mirrors[1].resolves_tags);
  EXPECT_FALSE(route.mirrors[1].serves_digests);
}

TEST(RegistriesConf, ShortNamesAreAliasesThenTheSearchList) {
  RegistriesConf conf = ConfOf(R"(
unqualified-search-registries = ["one.example", "two.example"]
short-name-mode = "permissive"
[aliases]
"app" = "r.example/team/app"
)");
  EXPECT_THAT(conf.Meanings("app"), ElementsAre(RepositoryNamed("r.example/team/app")));
  EXPECT_THAT(conf.Meanings("x"),
              ElementsAre(RepositoryNamed("one.example/x"), RepositoryNamed("two.example/x")));
  conf.Add("short-name-mode = \"enforcing\"\n", "d/1.conf");
  const Error error = ErrorOf([&] { conf.Meanings("x"); });
  EXPECT_THAT(error.what(), HasSubstr("one.example/x, two.example/x"));
  EXPECT_THAT(RegistriesConf().Meanings("x"), IsEmpty());
}

TEST(HostsToml, HostsKeepTheirOrderAndSayWhatTheyMay) {
  const Route route =
      ParseHostsToml(R"(
server = "https://r.example"
[host."https://z.example/v2/proxy"]
  capabilities = ["pull"]
  override_path = true
  [host."https://z.example/v2/proxy".header]
    x-team = ["blue"]
[host."http://a.example:5000"]
  skip_verify = true
  ca = "ca.crt"
  client = ["me.cert", "me.key"]
)",
                     "/etc/certs.d/r.example/hosts.toml", RepositoryNamed("r.example/x/y"));
  ASSERT_EQ(route.mirrors.size(), 2u);
  const Upstream& first = route.mirrors[0];
  EXPECT_EQ(first.repository.ToString(), "z.example/x/y");
  EXPECT_EQ(first.api_root, "/v2/proxy");
  EXPECT_FALSE(first.resolves_tags);
  EXPECT_TRUE(first.is_asked_for);
  EXPECT_EQ(first.headers.at(0).second, "blue");
  const Upstream& second = route.mirrors[1];
  EXPECT_EQ(second.scheme, Scheme::kHttp);
  EXPECT_TRUE(second.insecure);
  EXPECT_EQ(second.authorities.at(0), "/etc/certs.d/r.example/ca.crt");
  EXPECT_EQ(second.client->key, "/etc/certs.d/r.example/me.key");
}

TEST(DockerDaemonConf, MirrorsAreDockerHubsAlone) {
  DockerDaemonConf conf;
  conf.Add(R"({"registry-mirrors": ["https://mirror.example/"],
               "insecure-registries": ["r.example:5000", "10.0.0.0/8"]})",
           "daemon.json");
  ASSERT_EQ(conf.MirrorsOf(RepositoryNamed("debian")).size(), 1u);
  EXPECT_EQ(conf.MirrorsOf(RepositoryNamed("debian"))[0].repository.ToString(),
            "mirror.example/library/debian");
  EXPECT_THAT(conf.MirrorsOf(RepositoryNamed("r.example/x")), IsEmpty());
  EXPECT_TRUE(conf.IsInsecure(oci::RegistryHost::Parse("r.example:5000")));
  EXPECT_TRUE(conf.IsInsecure(oci::RegistryHost::Parse("10.1.2.3:5000")));
  EXPECT_FALSE(conf.IsInsecure(oci::RegistryHost::Parse("r.example")));
  EXPECT_THROW(conf.Add("{", "daemon.json"), Error);
}

// Pulls through mirrors that are really there.
class Mirrors : public ::testing::Test {
 protected:
  void SetUp() override {
    for (InProcessRegistry* registry : {&origin_, &first_, &second_}) {
      registry->WithModel(
          [&](fakes::RegistryModel& model) { fakes::AddImage(model, "a/b", "1", image_); });
    }
  }

  RegistrySettings Settings(const std::string& text) {
    WriteFileAtomically(directory_.path() / "registries.conf", text);
    RegistrySettings settings = ImpatientSettings();
    settings.rule_files.registries_conf = {directory_.path() / "registries.conf"};
    return settings;
  }

  std::string WithMirrors(const std::string& more = {}) const {
    return "[[registry]]\nlocation = \"" + origin_.Host() +
           "\"\n[[registry.mirror]]\nlocation = \"" + first_.Host() + "\"\n" + more +
           "[[registry.mirror]]\nlocation = \"" + second_.Host() + "\"\n" + more;
  }

  PulledImage Pull(const RegistrySettings& settings, const std::string& name = "a/b:1") {
    RegistryClient client(settings, reporter_);
    fakes::MemoryStore store;
    return PullInto(store, client, origin_.Name(name), &reporter_);
  }

  TempDir directory_{std::filesystem::temp_directory_path(), "ibuild-conf-"};
  fakes::SampleImage image_ = fakes::MakeSampleImage({Noise(50'000)});
  InProcessRegistry origin_;
  InProcessRegistry first_;
  InProcessRegistry second_;
  RecordingReporter reporter_;
};

TEST_F(Mirrors, FirstMirrorServesAllOfIt) {
  EXPECT_EQ(Pull(Settings(WithMirrors())).root.digest, image_.manifest.digest);
  EXPECT_THAT(origin_.Requests(), IsEmpty());
  EXPECT_THAT(second_.Requests(), IsEmpty());
  EXPECT_EQ(first_.CountRequests("GET /v2/a/b/"), 3u);
}

TEST_F(Mirrors, OneThatFailsIsPassedOver) {
  first_.Inject({"", "", -1, AnswerWith(503)});
  Pull(Settings(WithMirrors()));
  EXPECT_EQ(first_.CountRequests("GET /v2/a/b/manifests/1"), 1u);
  EXPECT_EQ(second_.CountRequests("GET /v2/a/b/"), 3u);
  EXPECT_THAT(origin_.Requests(), IsEmpty());
}

TEST_F(Mirrors, RegistryItselfIsTheLastResort) {
  first_.Inject({"", "", -1, AnswerWith(404)});
  second_.Inject({"", "", -1, AnswerWith(401)});
  Pull(Settings(WithMirrors()));
  EXPECT_EQ(origin_.CountRequests("GET /v2/a/b/"), 3u);
}

TEST_F(Mirrors, BlobThatAMirrorLacksComesFromElsewhere) {
  first_.Inject({"", "/blobs/", -1, AnswerWith(404)});
  Pull(Settings(WithMirrors()));
  EXPECT_EQ(first_.CountRequests("GET /v2/a/b/manifests/"), 1u);
  EXPECT_EQ(second_.CountRequests("GET /v2/a/b/blobs/"), 2u);
}

TEST_F(Mirrors, OneForDigestsIsNotAskedWhatATagMeans) {
  Pull(Settings(WithMirrors("pull-from-mirror = \"digest-only\"\n")));
  EXPECT_EQ(origin_.CountRequests("GET /v2/a/b/manifests/1"), 1u);
  EXPECT_EQ(origin_.CountRequests("GET /v2/a/b/blobs/"), 0u);
  EXPECT_EQ(first_.CountRequests("GET /v2/a/b/manifests/"), 0u);
  EXPECT_EQ(first_.CountRequests("GET /v2/a/b/blobs/"), 2u);
}

TEST_F(Mirrors, WrongBytesOfAMirrorAreFetchedFromTheRegistry) {
  first_.Inject({"GET", "/blobs/" + image_.layers[0].digest.ToString(), -1,
                 fakes::TamperWith({.flip_at = 99})});
  Pull(Settings(WithMirrors()));
  EXPECT_EQ(origin_.CountRequests("GET /v2/a/b/blobs/" + image_.layers[0].digest.ToString()), 1u);
}

TEST_F(Mirrors, WrongManifestOfAMirrorIsFetchedFromTheRegistry) {
  first_.Inject({"GET", "/manifests/", -1, fakes::TamperWith({.flip_at = 30})});
  EXPECT_EQ(Pull(Settings(WithMirrors()), "a/b@" + image_.manifest.digest.ToString()).root.digest,
            image_.manifest.digest);
}

TEST_F(Mirrors, BlockedRegistryIsAskedNothing) {
  const RegistrySettings settings =
      Settings("[[registry]]\nlocation = \"" + origin_.Host() + "\"\nblocked = true\n");
  const Error error = ErrorOf([&] { Pull(settings); });
  EXPECT_EQ(error.kind(), ErrorKind::kPermissionDenied);
  EXPECT_THAT(error.what(), HasSubstr("registries.conf:1"));
  EXPECT_THAT(origin_.Requests(), IsEmpty());
}

TEST_F(Mirrors, PushesGoToTheRegistryItself) {
  RegistryClient client(Settings(WithMirrors()), reporter_);
  PushSample(image_, client, origin_.Name("new/app:1"));
  EXPECT_EQ(origin_.TagDigest("new/app", "1"), image_.manifest.digest.ToString());
  EXPECT_THAT(first_.Requests(), IsEmpty());
}

TEST_F(Mirrors, RewrittenNameIsReadAndWrittenElsewhere) {
  const RegistrySettings settings = Settings(
      "[[registry]]\nprefix = \"r.example/team\"\nlocation = \"" + origin_.Host() + "/a\"\n");
  RegistryClient client(settings, reporter_);
  fakes::MemoryStore store;
  EXPECT_EQ(PullInto(store, client, "r.example/team/b:1").root.digest, image_.manifest.digest);
  PushSample(image_, client, "r.example/team/c:2");
  EXPECT_EQ(origin_.TagDigest("a/c", "2"), image_.manifest.digest.ToString());
}

TEST_F(Mirrors, ShortNameIsPulledFromTheFirstThatHasIt) {
  RegistryClient client(Settings("unqualified-search-registries = [\"" + first_.Host() + "\", \"" +
                                 second_.Host() + "\"]\n"),
                        reporter_);
  second_.WithModel(
      [&](fakes::RegistryModel& model) { fakes::AddImage(model, "only/here", "1", image_); });
  fakes::MemoryStore store;
  const PullRequest request{oci::Reference::Parse("only/here:1"),
                            oci::Platform{"linux", "amd64", "", "", {}}};
  const NamedPull pulled =
      PullFirst(client.Meanings("only/here:1"), request, client, store, reporter_);
  EXPECT_EQ(pulled.name.ToString(), second_.Name("only/here:1"));
}

}  // namespace
}  // namespace ibuild::registry
