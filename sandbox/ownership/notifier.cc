#include "sandbox/ownership/notifier.h"

#include <sys/syscall.h>

#include <span>
#include <utility>

#include "sandbox/ownership/create_calls.h"
#include "sandbox/ownership/file_calls.h"
#include "sandbox/ownership/id_calls.h"
#include "sandbox/ownership/stat_calls.h"
#include "sandbox/seccomp/native_arch.h"

namespace ibuild::builder {
namespace {

// Of another architecture only those are stopped that make sockets.
bool IsAboutASocket(const seccomp_notif& call) {
  return call.data.arch != kNativeArch || call.data.nr == SYS_socket;
}

Reply HandOn(const UniqueFd& sockets, const seccomp_notif& call) {
  WriteAll(sockets.get(), std::as_bytes(std::span(&call.id, 1)));
  return Reply::LeaveAlone();
}

Reply Answer(const Caller& caller, const StepFiles& files) {
  if (auto reply = AnswerStatCall(caller, files)) return *std::move(reply);
  if (auto reply = AnswerIdCall(caller)) return *std::move(reply);
  if (auto reply = AnswerFileCall(caller, files)) return *std::move(reply);
  if (auto reply = AnswerCreateCall(caller, files)) return *std::move(reply);
  return Reply::Proceed();
}

}  // namespace

std::jthread AnswerOwnershipCalls(pid_t init, UniqueFd listener, RecordedFiles recorded,
                                  UniqueFd sockets) {
  return AnswerBeside(std::move(listener), [init, recorded = std::move(recorded),
                                            sockets = std::move(sockets)](int calls) {
    const StepFiles files(recorded.directory);  // while the host is in sight
    const Standpoint place(init);
    CredentialTable table;
    AnswerCalls(calls, [&](const seccomp_notif& call) {
      if (IsAboutASocket(call)) return HandOn(sockets, call);
      const Caller caller(place, table, call);
      if (recorded.devices_only) return AnswerDeviceCall(caller).value_or(Reply::Proceed());
      return Answer(caller, files);
    });
  });
}

}  // namespace ibuild::builder
