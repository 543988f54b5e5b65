// SshForward: an SSH agent's socket under another owner and mode.
//
// A bind mount shows the agent's own socket, which belongs to the user who runs ibuild and opens
// for nobody else: a step that runs as another user could not use it. So the step gets a socket of
// ours, and what is said on it is passed on, byte for byte, by a thread that ends with the object.
// The agent sees us as its peer; keys never leave it (ssh-agent(1)).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <thread>

#include "support/fd.h"

namespace ibuild::builder {

struct SocketOwner {
  mode_t mode = 0600;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};

class SshForward {
 public:
  // Makes the socket in `directory`. An agent that cannot be reached is noticed by who connects.
  SshForward(std::filesystem::path agent, const std::filesystem::path& directory,
             const SocketOwner& owner);
  SshForward(const SshForward&) = delete;
  SshForward& operator=(const SshForward&) = delete;
  ~SshForward();

  const std::filesystem::path& socket() const { return socket_; }

 private:
  void Serve() const;

  std::filesystem::path agent_;
  std::filesystem::path socket_;
  UniqueFd listener_;
  Pipe life_;  // the thread ends when its write end is closed
  std::thread thread_;
};

}  // namespace ibuild::builder
