// What a process leaves outside of itself for a while, and takes back even when it has to end
// before it gets to it: a temporary file beside a result, a terminal without echo, a program that
// runs for it.
//
// The ordinary way back is a destructor. A Cleanup says the same again for a process that was asked
// to end and has no time to unwind: RunCleanups does all that is registered. Threads: any.
#pragma once

#include <functional>
#include <list>

namespace ibuild {

class Cleanup {
 public:
  // `act` is called once at most, and not after the object is gone. It must be quick and not throw.
  explicit Cleanup(std::function<void()> act);
  Cleanup(const Cleanup&) = delete;
  Cleanup& operator=(const Cleanup&) = delete;
  ~Cleanup();

 private:
  std::list<std::function<void()>>::iterator place_;
};

// The latest first. For the moment before _exit(2): nothing else goes on in good order behind it.
void RunCleanups() noexcept;

}  // namespace ibuild
