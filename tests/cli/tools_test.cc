// The tables of other tools, held against the verbs that they lead to.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "cli/global_options.h"
#include "cli/tools/apply_flags.h"
#include "cli/tools/compatibility.h"
#include "cli/tools/tool.h"
#include "support/text.h"
#include "tests/expect_error.h"
#include "tests/golden.h"

namespace ibuild::cli {
namespace {

std::vector<std::string> Words(const Word& word) {
  std::vector<std::string> words;
  for (const std::string_view each : Split(word.words, ' ')) words.emplace_back(each);
  return words;
}

TEST(Tools, AreCalledByTheLastPartOfThePath) {
  EXPECT_EQ(ToolCalled("/usr/bin/podman").kind, ToolKind::kPodman);
  EXPECT_EQ(ToolCalled("executor").kind, ToolKind::kKaniko);
  EXPECT_EQ(ToolCalled("./ibuild").kind, ToolKind::kIbuild);
  EXPECT_EQ(ToolCalled("ibuild-1.2").kind, ToolKind::kIbuild);
}

TEST(Tools, EveryWordIsAVerb) {
  for (const Tool* const tool : Tools()) {
    std::set<std::string_view> seen;
    for (const Word& word : tool->words) {
      const Verb verb = FindVerb(*tool, Words(word));
      ASSERT_NE(verb.command, nullptr) << tool->name << ' ' << word.words;
      EXPECT_EQ(verb.word, &word) << tool->name << ' ' << word.words;
      EXPECT_TRUE(seen.insert(word.words).second) << tool->name << ' ' << word.words;
    }
  }
}

TEST(Tools, NothingIsThereAndAbsentAtOnce) {
  for (const Tool* const tool : Tools()) {
    for (const Absent& absent : tool->absent) {
      for (const Word& word : tool->words) {
        const bool hidden =
            word.words == absent.words || word.words.starts_with(std::string(absent.words) + " ");
        EXPECT_FALSE(hidden) << tool->name << ' ' << word.words;
      }
    }
  }
}

// What a table calls done is an option of the verb, or leads to one; a switch stays a switch.
TEST(Tools, WhatIsDoneIsAnOptionOfTheVerb) {
  for (const Tool* const tool : Tools()) {
    for (const Word& word : tool->words) {
      OptionSet options;
      Settings settings;
      const auto command = FindVerb(*tool, Words(word)).command->make();
      command->Declare(options);
      DeclareGlobalOptions(options, settings);
      const std::string where = fmt::format("{} {}", tool->name, word.words);
      for (const Flag& flag : word.flags) {
        if (flag.fate != FlagFate::kDone || !flag.text.empty()) continue;
        const OptionSpec names = ParseOptionNames(flag.names);
        const OptionSpec* const spec = options.Find(names.name);
        if (spec == nullptr) {
          ADD_FAILURE() << where << ' ' << flag.names;
          continue;
        }
        EXPECT_EQ(spec->value.empty(), flag.value.empty()) << where << ' ' << flag.names;
        if (names.letter != '\0') {
          EXPECT_EQ(options.Find(names.letter), spec) << where << flag.names;
        }
      }
      FlagNotes notes;
      EXPECT_NO_THROW(ApplyFlags(options, word.flags, notes)) << where;
      for (const std::string& preset : PresetArguments(word)) {
        EXPECT_NE(options.Find(preset.substr(0, preset.find('='))), nullptr) << where << preset;
      }
    }
  }
}

// Whoever calls a build with -D wants to see what it asks of registries, and may put it anywhere.
TEST(Tools, DebugBehindTheWordIsTheGlobalOne) {
  for (const ToolKind kind : {ToolKind::kIbuild, ToolKind::kDocker}) {
    for (const std::string flag : {"-D", "--debug"}) {
      const Verb verb = FindVerb(ToolOf(kind), std::vector<std::string>{"build"});
      OptionSet options;
      Settings settings;
      FlagNotes notes;
      const auto command = verb.command->make();
      command->Declare(options);
      DeclareGlobalOptions(options, settings);
      ApplyFlags(options, verb.word->flags, notes);
      options.Parse({flag, "."}, {.least = 1, .most = 1});
      EXPECT_TRUE(settings.debug) << ToolOf(kind).name << ' ' << flag;
    }
  }
}

TEST(Tools, NoFlagIsNamedTwiceForAWord) {
  for (const Tool* const tool : Tools()) {
    for (const Word& word : tool->words) {
      std::set<std::string> names;
      std::set<char> letters;
      for (const Flag& flag : word.flags) {
        const OptionSpec spec = ParseOptionNames(flag.names);
        EXPECT_TRUE(names.insert(spec.name).second) << tool->name << ' ' << spec.name;
        EXPECT_TRUE(spec.letter == '\0' || letters.insert(spec.letter).second)
            << tool->name << ' ' << word.words << ' ' << spec.name;
      }
    }
  }
}

TEST(Tools, GlobalFlagsMayStandBehindTheWord) {
  OptionSet options;
  Settings settings;
  FlagNotes notes;
  const Tool& skopeo = ToolOf(ToolKind::kSkopeo);
  const Verb verb = FindVerb(skopeo, std::vector<std::string>{"copy"});
  const auto command = verb.command->make();
  command->Declare(options);
  DeclareGlobalOptions(options, settings);
  ApplyFlags(options, verb.word->flags, notes);
  ApplyPersistentFlags(options, skopeo.globals, notes);
  options.Parse({"--insecure-policy", "--override-arch", "arm64", "a", "b"},
                {.least = 2, .most = 2});
  EXPECT_EQ(settings.default_platform, "linux/arm64");
}

class FlagsTest : public testing::Test {
 protected:
  void Parse(const std::vector<Flag>& flags, const std::vector<std::string>& arguments) {
    OptionSet options;
    options.Each("-t,--tag", "NAME", "A name", tags_);
    options.Switch("--squash", "One layer", squash_);
    ApplyFlags(options, flags, notes_);
    options.Parse(arguments, OperandRule{});
  }

  std::vector<std::string> tags_;
  bool squash_ = false;
  FlagNotes notes_;
};

TEST_F(FlagsTest, AFlagIsAnotherOfOurs) {
  Parse({As("-d,--destination", "NAME", "--tag"), As("--single", "", "--squash")},
        {"-d", "a", "--destination=b", "--single", "-tc"});
  EXPECT_EQ(tags_, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_TRUE(squash_);
}

TEST_F(FlagsTest, AValueIsWrittenIntoAnother) {
  Parse({As("--name", "NAME", "--tag=x/*:1")}, {"--name", "app"});
  EXPECT_EQ(tags_, std::vector<std::string>{"x/app:1"});
}

TEST_F(FlagsTest, WhatHasNoEffectIsNotedOnce) {
  Parse({NoEffect("--node", "NAME", "there are no nodes", "none")},
        {"--node", "none", "--node", "a", "--node=b"});
  EXPECT_EQ(notes_, FlagNotes{"--node has no effect: there are no nodes"});
}

TEST_F(FlagsTest, WhatIsAlwaysSoIsSilent) {
  Parse({Always("--rm", "[=BOOL]", "nothing is left")}, {"--rm", "--rm=false"});
  EXPECT_TRUE(notes_.empty());
}

TEST_F(FlagsTest, ARefusalSaysWhyAndWhatToDo) {
  const std::vector<Flag> flags = {
      Refused("--sbom", "[=GEN]", "none are made", "scan it", "false")};
  Parse(flags, {"--sbom=false"});
  const auto error = CatchError([&] { Parse(flags, {"--sbom"}); });
  EXPECT_EQ(error->message(), "invalid value for --sbom: none are made");
  EXPECT_EQ(error->hint(), "scan it");
}

TEST_F(FlagsTest, AToolsFlagTakesTheLetterOfOurs) {
  Parse({Always("-t,--tty", "", "no terminal")}, {"-t", "--tag", "x"});
  EXPECT_EQ(tags_, std::vector<std::string>{"x"});
}

TEST(Compatibility, TheDocumentIsWhatTheTablesSay) {
  ExpectGolden("docs/compatibility.md", CompatibilityMarkdown());
}

}  // namespace
}  // namespace ibuild::cli
