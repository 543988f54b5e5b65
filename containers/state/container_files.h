// ContainerFiles: every path of one container's directory, and no such path anywhere else.
//
//   config.json state.json     what was asked, what became of it; replaced in one step
//   state.spare                room for the next state where the disk is full (spare_file.h)
//   pins                       digests that no prune may take, as in a lease
//   upper/ work/               its own files over the image's layers; overlayfs's
//   hosts resolv.conf hostname what appears in /etc; rewritten in place, for they are mounted
//   log log.1                  its output (monitor/log_file.h)
//   socket                     where its monitor listens
//   alive                      locked by the monitor for as long as it lives
//   change                     locked while a command changes the container's state
#pragma once

#include <filesystem>
#include <utility>

namespace ibuild::containers {

class ContainerFiles {
 public:
  ContainerFiles() = default;
  explicit ContainerFiles(std::filesystem::path directory) : directory_(std::move(directory)) {}

  const std::filesystem::path& directory() const { return directory_; }
  std::filesystem::path config() const { return directory_ / "config.json"; }
  std::filesystem::path state() const { return directory_ / "state.json"; }
  std::filesystem::path spare_state() const { return directory_ / "state.spare"; }
  std::filesystem::path pins() const { return directory_ / "pins"; }
  std::filesystem::path upper() const { return directory_ / "upper"; }
  std::filesystem::path work() const { return directory_ / "work"; }
  std::filesystem::path hosts() const { return directory_ / "hosts"; }
  std::filesystem::path resolv_conf() const { return directory_ / "resolv.conf"; }
  std::filesystem::path hostname() const { return directory_ / "hostname"; }
  std::filesystem::path log() const { return directory_ / "log"; }
  std::filesystem::path socket() const { return directory_ / "socket"; }
  std::filesystem::path alive_lock() const { return directory_ / "alive"; }
  std::filesystem::path change_lock() const { return directory_ / "change"; }

 private:
  std::filesystem::path directory_;
};

}  // namespace ibuild::containers
