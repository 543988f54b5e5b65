// Dockerfile reference, "Here-Documents".
#include "parser/syntax/heredoc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/parser/parsed.h"

namespace ibuild::parser {
namespace {

std::vector<std::string> NamesIn(std::string_view text) {
  std::vector<std::string> names;
  for (const HeredocMarker& marker : FindHeredocMarkers(text)) names.push_back(marker.name);
  return names;
}

TEST(Heredoc, Markers) {
  for (const std::string_view word : {"<<EOF", "<<-EOF", "3<<EOF", "<< EOF", "<<-  EOF"}) {
    ASSERT_TRUE(ParseHeredocMarker(word)) << word;
    EXPECT_EQ(ParseHeredocMarker(word)->name, "EOF");
  }
  for (const std::string_view word : {"<<<x", "\"<<EOF\"", "\\<<EOF", "<<", "x<<EOF", "<EOF"}) {
    EXPECT_FALSE(ParseHeredocMarker(word)) << word;
  }
  EXPECT_EQ(ParseHeredocMarker("3<<-'E'")->descriptor, "3");
  EXPECT_TRUE(ParseHeredocMarker("3<<-'E'")->strip_tabs);
}

TEST(Heredoc, QuotingAnyPartTurnsExpansionOff) {
  EXPECT_TRUE(ParseHeredocMarker("<<EOF")->expand);
  for (const std::string_view word : {"<<'EOF'", "<<\"EOF\"", "<<E'O'F"}) {
    EXPECT_EQ(ParseHeredocMarker(word)->name, "EOF") << word;
    EXPECT_FALSE(ParseHeredocMarker(word)->expand) << word;
  }
  EXPECT_EQ(ParseHeredocMarker("<<eo\\'f")->name, "eo'f");
  EXPECT_TRUE(ParseHeredocMarker("<<eo\\'f")->expand);
}

TEST(Heredoc, FoundInWordsOnly) {
  EXPECT_THAT(NamesIn("cat <<A >f && cat <<B"), testing::ElementsAre("A", "B"));
  EXPECT_THAT(NamesIn("echo '<<A' \"<<B\" a<<C"), testing::IsEmpty());
  EXPECT_THAT(NamesIn("cat <<dir/f.txt /x"), testing::ElementsAre("dir/f.txt"));
  EXPECT_THAT(NamesIn("cat << A"), testing::ElementsAre("A"));
  EXPECT_THAT(NamesIn("cat <<- A"), testing::IsEmpty());
}

TEST(Heredoc, AShiftIsNotOne) {
  EXPECT_THAT(NamesIn("echo $((1 << 2))"), testing::IsEmpty());
  EXPECT_THAT(NamesIn("echo $((1<<2))"), testing::IsEmpty());
  EXPECT_THAT(NamesIn("echo $((1 << 2)) <<E"), testing::ElementsAre("E"));
  EXPECT_THAT(NamesIn("echo $(((1 << 2) << 3))"), testing::IsEmpty());
  EXPECT_THAT(NamesIn("echo $((2 * (3 + (1)) << 2)) <<E"), testing::ElementsAre("E"));
  EXPECT_THAT(NamesIn("echo $((a[(1)] << b)) $((1 << 2))"), testing::IsEmpty());
}

TEST(Heredoc, BodiesFollowInOrder) {
  EXPECT_EQ(InstructionOf("COPY <<A <<B /d/\na\nA\nb\nB"),
            "COPY sources=[] destination=\"/d/\"\n"
            "    <<\"A\" expand \"a\\n\"\n"
            "    <<\"B\" expand \"b\\n\"");
}

TEST(Heredoc, EndsAtAnExactLine) {
  EXPECT_EQ(InstructionOf("COPY <<A /d\nA \n A\nAA\nA"),
            "COPY sources=[] destination=\"/d\"\n    <<\"A\" expand \"A \\n A\\nAA\\n\"");
}

TEST(Heredoc, StripsTabsOfTheDashForm) {
  const auto result = Parse("FROM x\nCOPY <<-A /d\n\t\ta\n\t b\n\tA\n");
  ASSERT_TRUE(result.diagnostics.empty());
  const auto& copy = std::get<Copy>(result.dockerfile.stages[0].instructions[0].body);
  EXPECT_EQ(copy.files.heredocs.at(0).Content(), "a\n b\n");
}

TEST(Heredoc, NoCommentsAndContinuationsInside) {
  EXPECT_EQ(InstructionOf("COPY <<A /d\n# c\nx \\\n\ny\nA"),
            "COPY sources=[] destination=\"/d\"\n    <<\"A\" expand \"# c\\nx \\\\\\n\\ny\\n\"");
}

TEST(Heredoc, KeepsCarriageReturns) {
  EXPECT_EQ(InstructionOf("COPY <<A /d\r\nx\r\nA\r\n"),
            "COPY sources=[] destination=\"/d\"\n    <<\"A\" expand \"x\\r\\n\"");
}

TEST(Heredoc, Unterminated) {
  EXPECT_EQ(InstructionOf("COPY <<A /d\nx\n"), "error: unterminated heredoc");
}

TEST(Heredoc, NotADestination) {
  EXPECT_EQ(FaultOf("COPY a <<A\nA"), "COPY cannot accept a heredoc as a destination");
}

TEST(Heredoc, AfterContinuationsOfItsInstruction) {
  EXPECT_EQ(InstructionOf("RUN cat <<A \\\n  >f\nx\nA"),
            "RUN shell=\"cat <<A   >f\\nx\\nA\"\n    <<\"A\" expand \"x\\n\"");
}

TEST(Heredoc, NeverWithJson) {
  EXPECT_EQ(InstructionOf("RUN [\"cat\", \"<<A\"]"), "RUN exec=[\"cat\", \"<<A\"]");
}

TEST(Heredoc, OnlyForRunCopyAndAdd) { EXPECT_EQ(InstructionOf("CMD <<A"), "CMD shell=\"<<A\""); }

TEST(RunHeredoc, AloneIsTheScript) {
  EXPECT_EQ(InstructionOf("RUN <<A\nfalse\ntrue\nA"),
            "RUN script shell=\"false\\ntrue\\n\"\n    <<\"A\" expand \"false\\ntrue\\n\"");
}

TEST(RunHeredoc, WithShebangIsInterpreted) {
  EXPECT_THAT(InstructionOf("RUN <<A\n#!/usr/bin/perl\nA"),
              testing::HasSubstr("RUN script interpreted shell="));
  EXPECT_THAT(InstructionOf("RUN <<-A\n\t#!/bin/sh\n\tA"),
              testing::HasSubstr("RUN script interpreted shell=\"#!/bin/sh\\n\""));
}

TEST(RunHeredoc, WithOtherWordsIsForTheShell) {
  EXPECT_EQ(InstructionOf("RUN a && <<A b <<-B\nx\nA\n\ty\nB"),
            "RUN shell=\"a && <<A b <<-B\\nx\\nA\\n\\ty\\nB\"\n"
            "    <<\"A\" expand \"x\\n\"\n"
            "    <<\"B\" expand strip-tabs \"\\ty\\n\"");
}

}  // namespace
}  // namespace ibuild::parser
