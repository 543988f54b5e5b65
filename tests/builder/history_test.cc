#include "builder/assemble/history.h"

#include <gmock/gmock.h>

namespace ibuild::builder {
namespace {

using testing::ElementsAre;

using History = std::vector<oci::HistoryEntry>;

oci::HistoryEntry Layer(std::string created) {
  return {.created = std::move(created), .created_by = "layer", .author = {}, .comment = {}};
}
oci::HistoryEntry Empty(std::string created = {}) {
  oci::HistoryEntry entry = Layer(std::move(created));
  entry.empty_layer = true;
  return entry;
}

std::vector<std::string> TimesOf(const History& history) {
  std::vector<std::string> times;
  for (const oci::HistoryEntry& entry : history) times.push_back(entry.created);
  return times;
}

std::vector<bool> EmptyOf(const History& history) {
  std::vector<bool> empty;
  for (const oci::HistoryEntry& entry : history) empty.push_back(entry.empty_layer);
  return empty;
}

TEST(History, EmptyEntriesTakeTheTimeOfTheLayerBefore) {
  History history = {Layer("base"), Layer("1"), Empty(), Layer("2"), Empty()};
  FillTimes(history, 1, "now");
  EXPECT_THAT(TimesOf(history), ElementsAre("base", "1", "1", "2", "2"));
}

TEST(History, EmptyEntriesThatComeFirstTakeTheTimeOfTheFirstNewLayer) {
  History history = {Layer("base"), Empty(), Layer("1")};
  FillTimes(history, 1, "now");
  EXPECT_THAT(TimesOf(history), ElementsAre("base", "1", "1"));
}

TEST(History, WithoutNewLayersTheLastTimeOfTheBaseCounts) {
  History history = {Layer("old"), Empty("newer"), Empty(""), Empty()};
  FillTimes(history, 3, "now");
  EXPECT_THAT(TimesOf(history), ElementsAre("old", "newer", "", "newer"));
}

TEST(History, WithoutAnyTimeItIsNow) {
  History history = {Empty()};
  FillTimes(history, 0, "now");
  EXPECT_THAT(TimesOf(history), ElementsAre("now"));
}

TEST(History, MissingEntriesAreAdded) {
  History history = {Empty("t")};
  FitHistory(history, 2);
  EXPECT_THAT(EmptyOf(history), ElementsAre(true, false, false));
}

TEST(History, ExcessEntriesAreEmptyFromTheOldestOn) {
  History history = {Layer("1"), Empty("2"), Layer("3"), Layer("4")};
  FitHistory(history, 1);
  EXPECT_THAT(EmptyOf(history), ElementsAre(true, true, true, false));
}

TEST(History, NewestTime) {
  EXPECT_EQ(NewestTime({Layer("2020-01-01T00:00:00Z"), Layer("2021-01-01T00:00:00.5Z"), Layer("")}),
            "2021-01-01T00:00:00.5Z");
  EXPECT_EQ(NewestTime({Layer(""), Layer("nonsense")}), std::nullopt);
}

}  // namespace
}  // namespace ibuild::builder
