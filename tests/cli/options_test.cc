#include "cli/options.h"

#include <gtest/gtest.h>

#include "tests/expect_error.h"

namespace ibuild::cli {
namespace {

// A small command line with one option of each kind; Parse() renders what was understood.
class OptionsTest : public testing::Test {
 protected:
  OptionsTest() {
    options_.Switch("-q,--quiet", "Quiet", quiet_);
    options_.Switch("-v,--verbose", "Verbose", verbose_);
    options_.Value("-f,--file", "FILE", "File", file_);
    options_.Each("-t,--tag", "NAME", "Tag", tags_);
    options_.Choice("--progress", {"auto", "plain"}, "Progress", progress_);
    options_.Custom("--memory", "SIZE", "Memory", [](const std::string& text) {
      throw Error(ErrorKind::kInvalidInput, text + " is no size").WithHint("write 512m");
    });
  }

  std::string Parse(const std::vector<std::string>& arguments, OperandRule rule = {0, 9, false}) {
    const ParsedLine line = options_.Parse(arguments, rule);
    std::string text = line.help ? "help" : "";
    if (quiet_) text += " quiet";
    if (verbose_) text += " verbose";
    if (!file_.empty()) text += " file=" + file_;
    for (const std::string& tag : tags_) text += " tag=" + tag;
    if (!progress_.empty()) text += " progress=" + progress_;
    for (const std::string& operand : line.operands) text += " <" + operand + ">";
    return text;
  }

  void ExpectUsage(const std::vector<std::string>& arguments, const std::string& words,
                   OperandRule rule = {0, 9, false}) {
    ExpectError(ErrorKind::kUsage, words, [&] { Parse(arguments, rule); });
  }

  OptionSet options_;
  bool quiet_ = false;
  bool verbose_ = false;
  std::string file_;
  std::vector<std::string> tags_;
  std::string progress_;
};

struct LineCase {
  std::vector<std::string> arguments;
  const char* meaning;
};

class OptionsLine : public OptionsTest, public testing::WithParamInterface<LineCase> {};

TEST_P(OptionsLine, Means) { EXPECT_EQ(Parse(GetParam().arguments), GetParam().meaning); }

INSTANTIATE_TEST_SUITE_P(
    Table, OptionsLine,
    testing::Values(LineCase{{}, ""}, LineCase{{"a", "b"}, " <a> <b>"}, LineCase{{"-"}, " <->"},
                    LineCase{{"-q", "a", "-v"}, " quiet verbose <a>"},
                    LineCase{{"-qv"}, " quiet verbose"}, LineCase{{"--quiet=false"}, ""},
                    LineCase{{"--quiet=true"}, " quiet"}, LineCase{{"--file", "x"}, " file=x"},
                    LineCase{{"--file=x"}, " file=x"}, LineCase{{"--file="}, ""},
                    LineCase{{"--file=a=b"}, " file=a=b"}, LineCase{{"-f", "x"}, " file=x"},
                    LineCase{{"-fx"}, " file=x"}, LineCase{{"-f=x"}, " file=x"},
                    LineCase{{"-qfx"}, " quiet file=x"}, LineCase{{"-qf", "x"}, " quiet file=x"},
                    LineCase{{"-f", "-"}, " file=-"}, LineCase{{"-f", "--tag"}, " file=--tag"},
                    LineCase{{"-t", "a", "-t", "b", "c"}, " tag=a tag=b <c>"},
                    LineCase{{"-t", "[a,b]", "[x y]"}, " tag=[a,b] <[x y]>"},
                    LineCase{{"--", "-q", "--file"}, " <-q> <--file>"},
                    LineCase{{"--progress", "plain"}, " progress=plain"},
                    LineCase{{"--help"}, "help"}, LineCase{{"-h", "--nonsense"}, "help"}));

TEST_F(OptionsTest, AValueThatMayBeLeftOutFollowsAnEqualsSign) {
  std::vector<std::string> pulls;
  options_.Each("-p,--pull", "[=WHEN]", "Pull", pulls);
  EXPECT_EQ(Parse({"--pull", "a", "--pull=never", "-p", "b"}), " <a> <b>");
  EXPECT_EQ(pulls, (std::vector<std::string>{"true", "never", "true"}));
}

TEST_F(OptionsTest, ALetterHMayBeAnOption) {
  std::string host;
  options_.Value("-h,--hostname", "NAME", "Name", host);
  Parse({"-h", "x"});
  EXPECT_EQ(host, "x");
}

TEST_F(OptionsTest, TheFirstOperandMayEndTheOptions) {
  EXPECT_EQ(Parse({"-q", "image", "sh", "-c", "--help"}, {1, 9, true}),
            " quiet <image> <sh> <-c> <--help>");
}

TEST_F(OptionsTest, UnknownOptionsNameTheNearest) {
  ExpectUsage({"--tga", "x"}, "unknown option --tga");
  EXPECT_EQ(CatchError([&] { Parse({"--tga", "x"}); })->hint(), "did you mean `--tag`?");
  EXPECT_EQ(CatchError([&] { Parse({"-x"}); })->hint(), "`--help` lists the options");
  ExpectUsage({"--tag\x1b[2J"}, "\\x1b[2J");
}

TEST_F(OptionsTest, MissingAndBadValuesAreUsageErrors) {
  ExpectUsage({"--file"}, "option --file needs a value: FILE");
  ExpectUsage({"-f"}, "option --file needs a value: FILE");
  ExpectUsage({"--progress=loud"}, "\"loud\" is none of auto, plain");
  ExpectUsage({"--quiet=maybe"}, "neither true nor false");
  ExpectUsage({"--memory=lots"}, "invalid value for --memory: lots is no size");
  EXPECT_EQ(CatchError([&] { Parse({"--memory=lots"}); })->hint(), "write 512m");
}

// Docker's exit code is another one for them than for what else is wrong with a line.
TEST_F(OptionsTest, FaultsOfOptionsAreToldFromOthers) {
  options_.Filter("--filter", "Some", [](const std::string& text) {
    throw Error(ErrorKind::kUsage, "there is no filter " + text);
  });
  const auto is_option_error = [&](const std::vector<std::string>& arguments) {
    try {
      Parse(arguments, {0, 0, false});
    } catch (const OptionError&) {
      return true;
    } catch (const Error&) {
    }
    return false;
  };
  EXPECT_TRUE(is_option_error({"--nosuch"}));
  EXPECT_TRUE(is_option_error({"-x"}));
  EXPECT_TRUE(is_option_error({"--memory=lots"}));
  EXPECT_TRUE(is_option_error({"--file"}));
  EXPECT_TRUE(is_option_error({"--filter", "nosuch"}));
  EXPECT_FALSE(is_option_error({"--filter", "nosuch=1"}));
  EXPECT_FALSE(is_option_error({"operand"}));
}

TEST_F(OptionsTest, OperandsAreCounted) {
  ExpectUsage({}, "an argument is missing", {1, 1, false});
  ExpectUsage({"a"}, "an argument is missing: TARGET", {2, 2, false, "SOURCE TARGET"});
  ExpectUsage({"a", "b"}, "unexpected argument \"b\"", {1, 1, false});
}

TEST_F(OptionsTest, DescribesItself) {
  OptionSet options;
  bool on = false;
  std::string text;
  options.Switch("-q,--quiet", "Say less", on);
  options.Value("--file", "FILE", "Read FILE", text);
  options.Value("--a-long-name", "WITH-A-LONG-VALUE", "Text", text);
  EXPECT_EQ(DescribeOptions(options),
            "  -q, --quiet                   Say less\n"
            "      --file FILE               Read FILE\n"
            "      --a-long-name WITH-A-LONG-VALUE\n"
            "                                Text\n");
}

}  // namespace
}  // namespace ibuild::cli
