#include "containers/monitor/helper_process.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <exception>
#include <utility>

#include "containers/state/detached_process.h"
#include "support/error.h"

namespace ibuild::containers {

HelperProcess::HelperProcess(HelperProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), life_(std::move(other.life_)) {}

HelperProcess& HelperProcess::operator=(HelperProcess&& other) noexcept {
  if (this != &other) {
    Stop();
    pid_ = std::exchange(other.pid_, -1);
    life_ = std::move(other.life_);
  }
  return *this;
}

HelperProcess HelperProcess::Start(const Plan& plan, const std::function<void(int life)>& work) {
  Pipe life = MakePipe();
  const pid_t child = fork();
  if (child < 0) ThrowErrno(std::string("starting ") + plan.name);
  if (child > 0) {
    HelperProcess helper;
    helper.pid_ = child;
    helper.life_ = std::move(life.write_end);
    return helper;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (setns(plan.net_namespace, CLONE_NEWNET) != 0) _exit(1);
  prctl(PR_SET_NAME, plan.name, 0, 0, 0);
  std::vector<int> keep = plan.keep;
  keep.push_back(life.read_end.get());
  CloseAllBut(std::move(keep));
  try {
    work(life.read_end.get());
  } catch (const std::exception&) {  // nobody is there to hear of it
  }
  _exit(0);
}

void HelperProcess::Stop() {
  life_.Reset();
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

}  // namespace ibuild::containers
