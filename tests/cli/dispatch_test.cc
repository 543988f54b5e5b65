#include "cli/dispatch.h"

#include <gtest/gtest.h>

#include <set>

#include "cli/exit_code.h"
#include "cli/help.h"
#include "support/text.h"
#include "tests/expect_error.h"

namespace ibuild::cli {
namespace {

class DispatchTest : public testing::Test {
 protected:
  std::string Choose(const std::vector<std::string>& arguments) {
    return ChooseAs("ibuild", arguments);
  }
  std::string ChooseAs(const std::string& called, const std::vector<std::string>& arguments) {
    const CommandLine line{ToolCalled(called), arguments};
    const Dispatch dispatch =
        ChooseCommand(line, settings_, notes_,
                      [this](const std::string& word) { return paths_.count(word) == 1; });
    return std::string(dispatch.command->name) + ": " + Join(dispatch.arguments, " ");
  }

  Settings settings_;
  FlagNotes notes_;
  std::set<std::string> paths_;
};

TEST_F(DispatchTest, NamedCommands) {
  EXPECT_EQ(Choose({"push", "x"}), "push: x");
  EXPECT_EQ(Choose({"build", "-t", "x", "."}), "build: -t x .");
}

TEST_F(DispatchTest, TheWordBuildMayBeLeftOut) {
  EXPECT_EQ(Choose({"-t", "x", "."}), "build: -t x .");
  EXPECT_EQ(Choose({"."}), "build: .");
  EXPECT_EQ(Choose({"-"}), "build: -");
  EXPECT_EQ(Choose({"./pus"}), "build: ./pus");
  EXPECT_EQ(Choose({"https://example.com/x.git"}), "build: https://example.com/x.git");
  paths_ = {"pus"};
  EXPECT_EQ(Choose({"pus"}), "build: pus");
}

TEST_F(DispatchTest, GlobalOptionsComeBeforeOrAfter) {
  EXPECT_EQ(Choose({"--root", "/s", "--debug", "images", "-q"}), "images: -q");
  EXPECT_EQ(settings_.root, "/s");
  EXPECT_TRUE(settings_.debug);
  EXPECT_EQ(Choose({"--root=/t", "-t", "x", "."}), "build: -t x .");
  EXPECT_EQ(settings_.root, "/t");
  EXPECT_EQ(Choose({"images", "--root", "/u"}), "images: --root /u");
}

TEST_F(DispatchTest, HelpAndVersion) {
  EXPECT_EQ(Choose({}), "help: ");
  EXPECT_EQ(Choose({"--help"}), "help: ");
  EXPECT_EQ(Choose({"--version"}), "version: ");
}

TEST_F(DispatchTest, AMisspelledCommandIsSuggested) {
  const auto error = CatchError([&] { Choose({"pus", "x"}); });
  EXPECT_EQ(error->kind(), ErrorKind::kUsage);
  EXPECT_EQ(error->hint(), "did you mean `ibuild push`?");
  ExpectError(ErrorKind::kUsage, "neither a command nor a directory", [&] { Choose({"qwertz"}); });
}

TEST_F(DispatchTest, AGlobalOptionWithoutItsValueIsAnError) {
  ExpectError(ErrorKind::kUsage, "option --root needs a value", [&] { Choose({"--root"}); });
}

TEST_F(DispatchTest, WordsOfTwoAreVerbsOfOne) {
  EXPECT_EQ(Choose({"image", "ls", "-q"}), "images: -q");
  EXPECT_EQ(Choose({"buildx", "build", "."}), "build: .");
  EXPECT_EQ(ChooseAs("/usr/bin/docker", {"-D", "-l", "debug", "image", "rm", "x"}), "rmi: x");
  EXPECT_EQ(ChooseAs("buildah", {"bud", "."}), "build: .");
}

TEST_F(DispatchTest, AWordThatAToolDoesNotHaveIsSuggestedWithinItsWords) {
  const auto error = CatchError([&] { ChooseAs("docker", {"image", "lss"}); });
  EXPECT_EQ(error->message(), "\"image lss\" is no command");
  EXPECT_EQ(error->hint(), "did you mean `docker image ls`?");
  EXPECT_EQ(CatchError([&] { ChooseAs("docker", {"."}); })->hint(),
            "`docker --help` lists the commands");
}

// `docker network`, `docker buildx imagetools --help`: what stands below the word.
TEST_F(DispatchTest, AWordThatOnlyBeginsOthersIsExplained) {
  EXPECT_EQ(ChooseAs("docker", {"network"}), "help: network");
  EXPECT_EQ(ChooseAs("docker", {"buildx", "imagetools", "--help"}), "help: buildx imagetools");
  EXPECT_EQ(Choose({"volume", "-h"}), "help: volume");
  const std::string help =
      GroupHelp(ToolCalled("docker"),
                FindGroup(ToolCalled("docker"), std::vector<std::string>{"buildx", "imagetools"}));
  EXPECT_NE(help.find("\n  buildx imagetools create "), std::string::npos) << help;
  EXPECT_EQ(help.find("buildx build"), std::string::npos) << help;
}

// A word that the tool has and ibuild has not is no misspelling of another one.
TEST_F(DispatchTest, AWordThatIsNotThereSaysWhyAndWhatInstead) {
  const auto error = CatchError([&] { ChooseAs("docker", {"buildx", "bake", "--push"}); });
  EXPECT_EQ(error->kind(), ErrorKind::kUnsupported);
  EXPECT_EQ(error->message(), "there is no `docker buildx bake`: files of bake are not read");
  EXPECT_EQ(error->hint(),
            "call `build` once for each target, with its `--build-arg`, `--target` and `-t`; the "
            "second finds the steps of the first");
  EXPECT_EQ(CatchError([&] {
              ChooseAs("podman", {"search", "x"});
            })->message(),
            "there is no `podman search`: registries do not search by one protocol");
  paths_ = {"search"};
  EXPECT_EQ(Choose({"search"}), "build: search");
}

// Asked of Docker 28, podman 4.3, buildah 1.28 and skopeo 1.9.
TEST_F(DispatchTest, AWrongLineHasTheExitCodeOfTheTool) {
  const auto code = [&](const std::string& tool, const std::vector<std::string>& arguments) {
    try {
      ChooseAs(tool, arguments);
    } catch (const Error& error) {
      return ExitCodeOf(error, ToolCalled(tool).kind);
    }
    return 0;
  };
  EXPECT_EQ(code("docker", {"nosuch"}), 1);
  EXPECT_EQ(code("docker", {"image", "nosuch"}), 1);
  EXPECT_EQ(code("docker", {"--nosuch", "ps"}), 125);
  EXPECT_EQ(code("podman", {"nosuch"}), 125);
  EXPECT_EQ(code("buildah", {"nosuch"}), 125);
  EXPECT_EQ(code("skopeo", {"nosuch"}), 1);
  EXPECT_EQ(code("skopeo", {"--nosuch"}), 1);
  EXPECT_EQ(code("ibuild", {"pus", "x"}), 125);
}

TEST_F(DispatchTest, GlobalFlagsOfAToolAreTakenOrNoted) {
  EXPECT_EQ(ChooseAs("docker", {"--config", "/c", "-H", "tcp://x", "-ldebug", "push", "x"}),
            "push: x");
  EXPECT_EQ(settings_.docker_config, "/c");
  EXPECT_TRUE(settings_.debug);
  EXPECT_EQ(notes_, FlagNotes{"--host has no effect: there is no daemon: this program does the "
                              "work itself"});
}

TEST(Commands, AreFoundByName) {
  EXPECT_EQ(FindCommand("push")->name, "push");
  EXPECT_EQ(FindCommand("pus"), nullptr);
}

// Every command can be made and declares options that do not contradict each other.
TEST(Commands, DeclareUniqueOptions) {
  for (const CommandEntry& entry : Commands()) {
    OptionSet options;
    const auto command = entry.make();
    command->Declare(options);
    std::set<std::string> names;
    std::set<char> letters;
    for (const OptionSpec& spec : options.specs()) {
      EXPECT_TRUE(spec.name.starts_with("--")) << entry.name << ' ' << spec.name;
      EXPECT_TRUE(names.insert(spec.name).second) << entry.name << ' ' << spec.name;
      EXPECT_TRUE(spec.letter == '\0' || letters.insert(spec.letter).second)
          << entry.name << ' ' << spec.name;
      EXPECT_FALSE(spec.help.empty()) << entry.name << ' ' << spec.name;
    }
  }
}

}  // namespace
}  // namespace ibuild::cli
