#include "sandbox/ownership/notifier.h"

#include <sys/syscall.h>

#include <span>
#include <utility>

#include "sandbox/ownership/create_calls.h"
#include "sandbox/ownership/file_calls.h"
#include "sandbox/ownership/id_calls.h"
#include "sandbox/ownership/stat_calls.h"
#include "support/error.h"

namespace ibuild::builder {
namespace {

struct Work {
  pid_t init;
  UniqueFd listener;
  RecordedFiles files;
  UniqueFd sockets;
};

Reply Answer(const Work& work, const StepFiles& files, const Caller& caller) {
  const seccomp_notif& call = caller.call();
  if (call.data.nr == SYS_socket && work.sockets) {
    WriteAll(work.sockets.get(), std::as_bytes(std::span(&call.id, 1)));
    return Reply::LeaveAlone();
  }
  if (work.files.devices_only) return AnswerDeviceCall(caller).value_or(Reply::Proceed());
  if (auto reply = AnswerStatCall(caller, files)) return *std::move(reply);
  if (auto reply = AnswerIdCall(caller)) return *std::move(reply);
  if (auto reply = AnswerFileCall(caller, files)) return *std::move(reply);
  if (auto reply = AnswerCreateCall(caller, files)) return *std::move(reply);
  return Reply::Proceed();
}

// Without a place to stand, nothing can be answered: closing the listener fails every call, and the
// step with it.
void Run(const Work& work) {
  const StepFiles files(work.files.directory);  // while the host is in sight
  const Standpoint place(work.init);
  CredentialTable table;
  AnswerCalls(work.listener.get(), [&](const seccomp_notif& call) {
    return Answer(work, files, Caller(place, table, call));
  });
}

}  // namespace

OwnershipNotifier::OwnershipNotifier(pid_t init, UniqueFd listener, const RecordedFiles& files,
                                     UniqueFd sockets)
    : thread_([work = Work{init, std::move(listener), files, std::move(sockets)}]() mutable {
        try {
          Run(work);
        } catch (const Error&) {
          work.listener.Reset();
        }
      }) {}

OwnershipNotifier::~OwnershipNotifier() { thread_.join(); }

}  // namespace ibuild::builder
