#include "containers/state/detached_process.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <exception>
#include <utility>

#include "containers/state/unix_socket.h"
#include "support/error.h"
#include "support/json.h"

namespace ibuild::containers {
namespace {

constexpr char kDone = 'd';
constexpr char kFailed = 'f';

std::string Describe(const Error& error) {
  return DumpJson(Json{{"kind", static_cast<int>(error.kind())},
                       {"message", error.message()},
                       {"context", error.context()},
                       {"hint", error.hint()}});
}

[[noreturn]] void Rethrow(std::string_view text) {
  const Json document = ParseJson(text, "report of a process");
  const JsonReader json(document, "report of a process");
  Error error(static_cast<ErrorKind>(json.At("kind").AsInt()), json.String("message"));
  for (std::string& frame : json.StringsIf("context")) error.AddContext(std::move(frame));
  if (const std::string hint = json.String("hint"); !hint.empty()) error.AddHint(hint);
  throw error;
}

void UseNullStreams() {
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int stream = 0; stream <= 2; ++stream) dup2(null, stream);
}

// The signals of the starter's terminal are not for us; those that it caught or ignored have their
// own effect again.
void ResetSignals() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT}) {
    signal(number, SIG_DFL);
  }
  signal(SIGPIPE, SIG_IGN);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void RunDetached(UniqueFd report, std::vector<int> keep,
                              const std::function<void(Starting*)>& work) {
  setsid();
  ResetSignals();
  UseNullStreams();
  [[maybe_unused]] const int moved = chdir("/");
  const int raw = report.get();
  keep.push_back(raw);
  CloseAllBut(std::move(keep));
  Starting starting(raw);
  try {
    work(&starting);
    _exit(0);
  } catch (const Error& error) {
    if (!starting.over()) SendMessage(raw, kFailed + Describe(error));
  } catch (const std::exception& error) {
    if (!starting.over()) {
      SendMessage(raw, kFailed + Describe(Error(ErrorKind::kInternal, error.what())));
    }
  }
  _exit(1);
}

}  // namespace

void Starting::Succeed(std::string_view result) {
  SendMessage(report_, kDone + std::string(result));
  close(report_);
  report_ = -1;
}

void CloseAllBut(std::vector<int> keep) {
  std::sort(keep.begin(), keep.end());
  unsigned next = 3;
  for (const int fd : keep) {
    if (fd < static_cast<int>(next)) continue;
    const auto kept = static_cast<unsigned>(fd);
    if (kept > next) syscall(SYS_close_range, next, kept - 1, 0);
    next = kept + 1;
  }
  syscall(SYS_close_range, next, ~0U, 0);
}

std::string StartDetached(const std::vector<int>& keep,
                          const std::function<void(Starting*)>& work) {
  SocketPair report = MakeSocketPair();
  const pid_t child = fork();
  if (child < 0) ThrowErrno("starting a process");
  if (child == 0) {
    // Once more, so that it is nobody's child and leaves nobody a zombie.
    const pid_t grandchild = fork();
    if (grandchild != 0) _exit(grandchild < 0 ? 1 : 0);
    report.ours.Reset();
    RunDetached(std::move(report.theirs), keep, work);
  }
  report.theirs.Reset();
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  const auto answer = ReceiveMessage(report.ours.get());
  if (!answer || answer->bytes.empty()) {
    throw Error(ErrorKind::kUnavailable, "a process ended before it had begun its work")
        .WithHint("it may have been killed: see the system's log for the out-of-memory killer");
  }
  if (answer->bytes.front() == kFailed) Rethrow(std::string_view(answer->bytes).substr(1));
  return answer->bytes.substr(1);
}

}  // namespace ibuild::containers
