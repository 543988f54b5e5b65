// Relay: hands on what comes from one descriptor to another, or to a function.
//
// Driven by somebody's poll(2), so that nothing here waits while other things happen: it asks for
// one descriptor at a time, that to read from or, with something in hand, that to write to.
#pragma once

#include <poll.h>

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "support/fd.h"

namespace ibuild::builder {

class Relay {
 public:
  using Sink = std::function<void(std::string_view)>;

  Relay() = default;             // over from the start
  Relay(UniqueFd from, int to);  // `to` outlives it
  Relay(UniqueFd from, Sink sink);

  // Nothing more will come, or nobody takes it: then the source is closed, so that whoever writes
  // there hears of it.
  bool over() const { return !from_; }

  // What to wait for; a descriptor of -1 when it is over.
  pollfd Wait() const;
  // With the events of that wait. Throws when the taker fails otherwise than by going away.
  void Continue(short events);
  // Hands on all that is left; for a source whose other end is closed.
  void Finish();

 private:
  void Read();
  void Write();
  bool HasPending() const { return written_ < filled_; }

  UniqueFd from_;
  int to_ = -1;
  Sink sink_;
  std::size_t chunk_ = 0;  // the most that is written at a time
  std::vector<char> buffer_;
  std::size_t filled_ = 0;
  std::size_t written_ = 0;
};

}  // namespace ibuild::builder
