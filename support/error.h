// The one error type of ibuild.
//
// An Error says what went wrong (kind and message), what was being done at the time (context
// frames, added on the way up by InContext), where in the user's text it happened (excerpts) and
// what to do next (hint). It is thrown where the fault is found and rendered exactly once, by
// cli/render/error_report. Expected outcomes ("no such record") are values, never errors.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/source_text.h"

namespace ibuild {

// What class of thing failed. The exit code is chosen from it (cli/exit_code.h).
enum class ErrorKind {
  kUsage,              // the command line is wrong
  kInvalidInput,       // a file, name or document that the user gave is malformed
  kNotFound,           // something that was named does not exist
  kAlreadyExists,      // something that must be new exists
  kPermissionDenied,   // the kernel or a server refused, and credentials would not help
  kUnauthorized,       // a registry wants (other) credentials
  kResourceExhausted,  // disk full, memory limit, too many of something
  kUnsupported,        // valid, but this program or this machine cannot do it
  kUnavailable,        // a server or the network failed; trying again may help
  kCorrupt,            // bytes do not match their digest, or the store is damaged
  kCancelled,          // the user asked to stop
  kStepFailed,         // a RUN command failed by itself
  kSystem,             // an unexpected errno
  kInternal,           // a bug in ibuild
};

class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string message);

  ErrorKind kind() const { return kind_; }
  const std::string& message() const { return message_; }
  // Innermost first: "reading layer sha256:…", then "unpacking image debian:12".
  const std::vector<std::string>& context() const { return context_; }
  const std::vector<Excerpt>& excerpts() const { return excerpts_; }
  const std::string& hint() const { return hint_; }  // empty: none

  // Builders; the rvalue forms let `throw Error(...).WithHint(...)` move.
  Error& AddContext(std::string frame) &;
  Error&& WithContext(std::string frame) &&;
  Error& AddHint(std::string hint) &;  // keeps the first hint: the one nearest to the fault
  Error&& WithHint(std::string hint) &&;
  Error& AddExcerpt(Excerpt excerpt) &;
  Error&& WithExcerpt(Excerpt excerpt) &&;

  // "frame: frame: message", outermost first, for logs and tests. Never holds the hint.
  const char* what() const noexcept override;

 private:
  void Rebuild();

  ErrorKind kind_;
  std::string message_;
  std::vector<std::string> context_;
  std::vector<Excerpt> excerpts_;
  std::string hint_;
  std::string what_;
};

// Error for a failed system call: "<what>: <strerror>", with the kind that fits the errno
// (ENOENT: kNotFound; EACCES, EPERM: kPermissionDenied; ENOSPC, EDQUOT, EMFILE, ENOMEM:
// kResourceExhausted; EEXIST: kAlreadyExists; else kSystem) and, for ENOSPC, a hint.
// The only place that turns errno into words.
Error ErrnoError(std::string_view what, int error_number);
[[noreturn]] void ThrowErrno(std::string_view what);  // uses errno

// Runs work(); an Error that leaves it gets `frame` as one more line of context.
template <typename Work>
decltype(auto) InContext(std::string_view frame, Work&& work) {
  try {
    return std::forward<Work>(work)();
  } catch (Error& error) {
    error.AddContext(std::string(frame));
    throw;
  }
}

}  // namespace ibuild
