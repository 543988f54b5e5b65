// What docker's --format makes of the same data: each expectation was seen with docker or Go.
#include "cli/template/template.h"

#include <gtest/gtest.h>

#include "support/json.h"
#include "tests/expect_error.h"

namespace ibuild::cli {
namespace {

class TemplateTest : public testing::Test {
 protected:
  std::string Run(std::string_view text) const { return Template::Parse(text).Execute(data_); }

  OrderedJson data_ = ParseOrderedJson(
      R"({"Id":"sha256:0123456789abcdef","Size":7,"Ratio":0.5,"Yes":true,"No":false,
          "RepoTags":["a:1","b:2"],"Parent":"",
          "Config":{"Env":["PATH=/bin","A=b"],"Cmd":["sh","-c","x < y"],"Entrypoint":null,
                    "Labels":{"com.example.a":"1","b":"2"},"Volumes":null,"User":""},
          "Manifest":{"digest":"sha256:ff","size":3}})",
      "the data");
};

TEST_F(TemplateTest, Fields) {
  EXPECT_EQ(Run("id: {{.Id}} {{ .Size }}\n"), "id: sha256:0123456789abcdef 7\n");
  EXPECT_EQ(Run("{{.Config.Env}} {{.Yes}} {{.Ratio}}"), "[PATH=/bin A=b] true 0.5");
  EXPECT_EQ(Run("{{.Config.Labels}}"), "map[b:2 com.example.a:1]");
  EXPECT_EQ(Run("{{(index .RepoTags 0)}}{{.Parent}}"), "a:1");
}

// `.Label "a"` is a method in Go.
TEST_F(TemplateTest, FieldsThatTakeAName) {
  EXPECT_EQ(Run("{{.Config.Labels \"b\"}}"), "2");
  EXPECT_EQ(Run("{{.Config.Labels \"nosuch\"}}|"), "|");
}

TEST_F(TemplateTest, WhatIsNotThere) {
  EXPECT_EQ(Run("{{.Config.Labels.nosuch}}"), "<no value>");
  EXPECT_EQ(Run("{{index .Config.Labels \"nosuch\"}}|"), "|");
  EXPECT_EQ(Run("{{.Config.Entrypoint}} {{.Config.Volumes}}"), "[] map[]");
  ExpectError(ErrorKind::kInvalidInput, "map has no entry for key \"Nosuch\"",
              [&] { Run("{{.Nosuch}}"); });
  ExpectError(ErrorKind::kInvalidInput, "can't evaluate field x in type string",
              [&] { Run("{{.Id.x}}"); });
}

TEST_F(TemplateTest, NamesOfGoFindWhatJsonWritesSmall) {
  EXPECT_EQ(Run("{{.Manifest.Digest}} {{.Manifest.size}}"), "sha256:ff 3");
}

TEST_F(TemplateTest, Json) {
  EXPECT_EQ(Run("{{json .RepoTags}}"), R"(["a:1","b:2"])");
  EXPECT_EQ(Run("{{json .Config.Cmd}} {{json .Config.Entrypoint}}"),
            R"(["sh","-c","x \u003c y"] null)");
  EXPECT_EQ(Run("{{.Manifest | json}}"), R"({"digest":"sha256:ff","size":3})");
}

TEST_F(TemplateTest, Conditions) {
  EXPECT_EQ(Run("{{if .Yes}}y{{else}}n{{end}}{{if .No}}y{{else}}n{{end}}"), "yn");
  EXPECT_EQ(Run("{{if .Parent}}p{{else if eq .Size 7}}seven{{else}}x{{end}}"), "seven");
  EXPECT_EQ(Run("{{if and .Yes (not .No)}}both{{end}}"), "both");
  EXPECT_EQ(Run("{{if or .No .Parent}}x{{else}}none{{end}}"), "none");
  EXPECT_EQ(Run("{{with .Config}}{{.Env}}{{end}}{{with .Parent}}x{{else}}-{{end}}"),
            "[PATH=/bin A=b]-");
  EXPECT_EQ(Run("{{if lt .Size 8}}{{if ge .Size 7}}in{{end}}{{end}} {{ne .Size 1}}"), "in true");
}

TEST_F(TemplateTest, Ranges) {
  EXPECT_EQ(Run("{{range .Config.Env}}{{println .}}{{end}}"), "PATH=/bin\nA=b\n");
  EXPECT_EQ(Run("{{range $i, $e := .RepoTags}}{{if $i}}, {{end}}{{$i}}={{$e}}{{end}}"),
            "0=a:1, 1=b:2");
  EXPECT_EQ(Run("{{range $k, $v := .Config.Labels}}{{$k}}={{$v}} {{end}}"), "com.example.a=1 b=2 ");
  EXPECT_EQ(Run("{{range .Config.Volumes}}x{{else}}empty{{end}}"), "empty");
  EXPECT_EQ(Run("{{range .RepoTags}}{{.}}{{break}}{{end}}"), "a:1");
  EXPECT_EQ(Run("{{range .RepoTags}}{{$.Size}}{{end}}"), "77");
}

TEST_F(TemplateTest, Variables) {
  EXPECT_EQ(Run("{{$x := .Size}}{{$x}}{{$x = 8}}{{$x}}"), "78");
  EXPECT_EQ(Run("{{with $c := .Config}}{{len $c.Env}}{{end}}"), "2");
  ExpectError(ErrorKind::kInvalidInput, "undefined variable", [&] { Run("{{$y}}"); });
}

TEST_F(TemplateTest, FunctionsOfDocker) {
  EXPECT_EQ(Run("{{join .RepoTags \", \"}} {{.RepoTags | join \"+\"}}"), "a:1, b:2 a:1+b:2");
  EXPECT_EQ(Run("{{upper \"aB\"}} {{lower \"aB\"}} {{title \"ab cd\"}}"), "AB ab Ab Cd");
  EXPECT_EQ(Run("{{index (split .Id \":\") 0}} {{truncate .Id 3}} {{slice .Id 7 11}}"),
            "sha256 sha 0123");
  EXPECT_EQ(Run("[{{pad \"x\" 1 2}}]"), "[ x  ]");
  EXPECT_EQ(Run("{{len .Config.Env}} {{len .Id}} {{len .Config.Labels}}"), "2 23 2");
}

TEST_F(TemplateTest, Printf) {
  EXPECT_EQ(Run("{{printf \"%s=%d %v %q %5d|%-4s|%05d %x %.2f %t %%\" .Parent .Size .Yes \"a\" 3 "
                "\"b\" 42 255 .Ratio .No}}"),
            "=7 true \"a\"     3|b   |00042 ff 0.50 false %");
  EXPECT_EQ(Run("{{printf \"%d %s\" .Id}}"), "%!d(string=sha256:0123456789abcdef) %!s(MISSING)");
  EXPECT_EQ(Run("{{print 1 2 \"x\" 3}}"), "1 2x3");
}

TEST_F(TemplateTest, BlanksAndComments) {
  EXPECT_EQ(Run("a {{- \"b\" -}} \n c"), "abc");
  EXPECT_EQ(Run("a{{/* not shown */}}b{{- /* nor this */ -}} c"), "abc");
  EXPECT_EQ(Run("{{`raw \\n`}} {{\"tab\\t\"}}"), "raw \\n tab\t");
}

TEST_F(TemplateTest, WhatIsWrongIsSaid) {
  for (const char* const text :
       {"{{.A", "{{if .A}}", "{{end}}", "{{.A}} {{else}}", "{{nosuch .A}}", "{{\"a}}", "{{}}",
        "{{.A | }}", "{{(.A}}", "{{range}}{{end}}", "{{1x}}", "{{/* a}}"}) {
    const auto error = CatchError([&] { Template::Parse(text); });
    ASSERT_TRUE(error) << text;
    EXPECT_EQ(error->kind(), ErrorKind::kUsage) << text;
  }
  ExpectError(ErrorKind::kInvalidInput, "wrong number of arguments", [&] { Run("{{len}}"); });
  ExpectError(ErrorKind::kInvalidInput, "index out of range",
              [&] { Run("{{index .RepoTags 9}}"); });
  ExpectError(ErrorKind::kInvalidInput, "range can't iterate",
              [&] { Run("{{range .Size}}{{end}}"); });
}

TEST_F(TemplateTest, HostileTemplatesEnd) {
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "{{if .Yes}}";
  ExpectError(ErrorKind::kUsage, "nested too deeply", [&] { Template::Parse(deep); });
  std::string chain = "{{if .No}}";
  for (int i = 0; i < 5000; ++i) chain += "{{else if .No}}";
  ExpectError(ErrorKind::kUsage, "", [&] { Template::Parse(chain); });
  ExpectError(ErrorKind::kUsage, "nested too deeply",
              [&] { Template::Parse("{{" + std::string(5000, '(') + "}}"); });
  ExpectError(ErrorKind::kUsage, "longer", [&] { Template::Parse(std::string(100'000, 'x')); });
  data_["Many"] = std::vector<int>(2000, 1);
  ExpectError(ErrorKind::kInvalidInput, "does not come to an end",
              [&] { Run("{{range .Many}}{{range $.Many}}{{range $.Many}}{{end}}{{end}}{{end}}"); });
}

}  // namespace
}  // namespace ibuild::cli
