#include "oci/reference.h"

#include <gtest/gtest.h>

#include "tests/expect_error.h"

namespace ibuild::oci {
namespace {

const std::string kHex(64, 'a');

struct ParseCase {
  std::string text;
  std::string full;
  std::string familiar;
};

class ReferenceParse : public testing::TestWithParam<ParseCase> {};

TEST_P(ReferenceParse, HasTheFullAndTheFamiliarForm) {
  const Reference reference = Reference::Parse(GetParam().text);
  EXPECT_EQ(reference.ToString(), GetParam().full);
  EXPECT_EQ(reference.Familiar(), GetParam().familiar);
  EXPECT_EQ(Reference::Parse(reference.ToString()), reference);
  EXPECT_EQ(Reference::Parse(reference.Familiar()), reference);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ReferenceParse,
    testing::Values(
        ParseCase{"ubuntu", "docker.io/library/ubuntu:latest", "ubuntu:latest"},
        ParseCase{"u/x:1", "docker.io/u/x:1", "u/x:1"},
        ParseCase{"localhost/x", "localhost/x:latest", "localhost/x:latest"},
        ParseCase{"localhost:5000", "docker.io/library/localhost:5000", "localhost:5000"},
        ParseCase{"foo.bar", "docker.io/library/foo.bar:latest", "foo.bar:latest"},
        ParseCase{"foo.bar/x", "foo.bar/x:latest", "foo.bar/x:latest"},
        ParseCase{"[::1]:5000/x", "[::1]:5000/x:latest", "[::1]:5000/x:latest"},
        ParseCase{"[fe80::1]/x/y:t", "[fe80::1]/x/y:t", "[fe80::1]/x/y:t"},
        ParseCase{"x:t@sha256:" + kHex, "docker.io/library/x:t@sha256:" + kHex,
                  "x:t@sha256:" + kHex},
        ParseCase{"x@sha256:" + kHex, "docker.io/library/x@sha256:" + kHex, "x@sha256:" + kHex},
        ParseCase{"a--b", "docker.io/library/a--b:latest", "a--b:latest"},
        ParseCase{"a__b", "docker.io/library/a__b:latest", "a__b:latest"},
        ParseCase{"a.b", "docker.io/library/a.b:latest", "a.b:latest"},
        ParseCase{"Foo/bar", "Foo/bar:latest", "Foo/bar:latest"},
        ParseCase{"index.docker.io/x", "docker.io/library/x:latest", "x:latest"},
        ParseCase{"registry-1.docker.io/u/x", "docker.io/u/x:latest", "u/x:latest"},
        ParseCase{"docker.io/localhost/x", "docker.io/localhost/x:latest",
                  "docker.io/localhost/x:latest"},
        ParseCase{"docker.io/l.x/y", "docker.io/l.x/y:latest", "docker.io/l.x/y:latest"},
        ParseCase{"docker.io/library/a/b", "docker.io/library/a/b:latest", "library/a/b:latest"},
        ParseCase{"r.example:443/a/b-c_d:T.x", "r.example:443/a/b-c_d:T.x",
                  "r.example:443/a/b-c_d:T.x"},
        ParseCase{"127.0.0.1:5000/x", "127.0.0.1:5000/x:latest", "127.0.0.1:5000/x:latest"},
        ParseCase{"x:" + std::string(128, 't'), "docker.io/library/x:" + std::string(128, 't'),
                  "x:" + std::string(128, 't')}));

struct RefusalCase {
  std::string text;
  std::string words;
};

class ReferenceRefusal : public testing::TestWithParam<RefusalCase> {};

TEST_P(ReferenceRefusal, SaysWhichRuleIsBroken) {
  ExpectError(ErrorKind::kInvalidInput, GetParam().words,
              [] { Reference::Parse(GetParam().text); });
}

INSTANTIATE_TEST_SUITE_P(
    Table, ReferenceRefusal,
    testing::Values(
        RefusalCase{"", "empty"}, RefusalCase{"a___b", "not a repository name"},
        RefusalCase{"a..b/c", "not a registry host"}, RefusalCase{"x:-t", "not a tag"},
        RefusalCase{"x:" + std::string(129, 't'), "not a tag"}, RefusalCase{"x:", "not a tag"},
        RefusalCase{"x@sha256:abc", "not a digest"}, RefusalCase{"x@", "not a digest"},
        RefusalCase{"x@sha256:" + kHex + "@sha256:" + kHex, "not a digest"},
        RefusalCase{"http://r/x", "scheme"}, RefusalCase{kHex, "image ID"},
        RefusalCase{"u/Foo", "lower-case"}, RefusalCase{"Ubuntu", "lower-case"},
        RefusalCase{"/x", "not a repository name"}, RefusalCase{"x/", "not a repository name"},
        RefusalCase{"a//b", "not a repository name"}, RefusalCase{"-a", "not a repository name"},
        RefusalCase{"a-", "not a repository name"}, RefusalCase{"a b", "not a repository name"},
        RefusalCase{"u/x:1:2", "not a tag"}, RefusalCase{"u/x:1/y", "not a repository name"},
        RefusalCase{"host:99999/x", "not a registry host"},
        RefusalCase{"host:/x", "not a registry host"}, RefusalCase{"-h.x/y", "not a registry host"},
        RefusalCase{"[::1/x", "not a registry host"},
        RefusalCase{"[::1::]/x", "not a registry host"},
        RefusalCase{"[fe80::1%eth0]/x", "not a registry host"},
        RefusalCase{"../../etc/passwd", "not a registry host"},
        RefusalCase{"a/../b", "not a repository name"},
        RefusalCase{"r.example/x\n", "not a repository name"},
        RefusalCase{"r.example/" + std::string(256, 'x'), "longer than 255"}));

TEST(Reference, HintsAtTheLowerCaseForm) {
  const auto error = CatchError([] { Reference::Parse("u/FooBar:1"); });
  EXPECT_EQ(error->hint(), "write `u/foobar`");
}

TEST(Reference, HintsAtTheFormWithoutScheme) {
  const auto error = CatchError([] { Reference::Parse("https://r.example/x"); });
  EXPECT_EQ(error->hint(), "write `r.example/x`");
}

TEST(Reference, TheDigestSelects) {
  const Digest digest = Digest::OfText("x");
  const Reference reference = Reference::Parse("x:t");
  EXPECT_EQ(reference.Selector(), "t");
  EXPECT_EQ(reference.WithDigest(digest).Selector(), digest.ToString());
  EXPECT_EQ(reference.WithDigest(digest).WithTag("u").ToString(), "docker.io/library/x:u");
  ExpectError(ErrorKind::kInvalidInput, "not a tag", [&] { reference.WithTag("a b"); });
}

TEST(RegistryHost, KnowsWhereTheApiIs) {
  EXPECT_EQ(RegistryHost::Parse("docker.io").ApiHost(), "registry-1.docker.io");
  EXPECT_EQ(RegistryHost::Parse("index.docker.io").name(), "docker.io");
  EXPECT_EQ(RegistryHost::Parse("r.example:5000").ApiHost(), "r.example:5000");
  ExpectError(ErrorKind::kInvalidInput, "not a registry host",
              [] { RegistryHost::Parse("https://r.example"); });
}

TEST(RegistryHost, KnowsThisMachine) {
  for (const char* text :
       {"localhost", "localhost:5000", "127.0.0.1", "127.1.2.3:80", "[::1]", "[::1]:5000"}) {
    EXPECT_TRUE(RegistryHost::Parse(text).IsLoopback()) << text;
  }
  for (const char* text : {"127.evil.example", "127.0.0.1.example", "localhost.example", "[::2]",
                           "128.0.0.1", "localhosts:1"}) {
    EXPECT_FALSE(RegistryHost::Parse(text).IsLoopback()) << text;
  }
}

}  // namespace
}  // namespace ibuild::oci
