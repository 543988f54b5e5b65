// The forms in which Docker writes lists and durations into history and messages.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace ibuild::builder {

// `["/bin/sh" "-c" "echo"]`, Go's %q of a list.
std::string QuotedListText(const std::vector<std::string>& texts);
// `[/bin/sh -c echo]`, Go's %v of a list.
std::string ListText(const std::vector<std::string>& texts);
// `1h0m0s`, `1m30s`, `500ms`, `0s`: Go's time.Duration.
std::string DurationText(std::chrono::nanoseconds duration);
// The first line of a here-document, with "..." when there are others.
std::string HeredocSummary(std::string_view text);

}  // namespace ibuild::builder
