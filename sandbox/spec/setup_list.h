// SetupList: writes setup operations and hands out slots. Used by the parts of CompileSetup only.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/init/wire.h"
#include "sandbox/spec/setup_op.h"

namespace ibuild::builder {

class SetupList {
 public:
  // Reserves `count` slots for what the executor sends; the first of them.
  int Receive(int count);
  int OpenHost(std::string path, std::uint64_t flags = 0);
  int NewMount(std::string type, std::string options, std::uint64_t attributes);
  int Clone(int at, std::string path = {}, std::uint64_t flags = 0);
  int Resolve(int at, std::string path, std::uint32_t open_flags, std::uint64_t resolve);

  void Attributes(int mount, std::uint64_t attributes, bool recursive = false);
  void Attach(int mount, int at, std::string path, std::uint64_t resolve);
  void Overlay(int directory, std::string options, std::uint64_t flags);
  void Directory(int at, std::string path, std::uint32_t mode = 0755);
  void File(int at, std::string path, std::uint32_t mode, int content = -1);
  void MakeTarget(int at, std::string path, bool directory);
  void Add(SetupOp op) { ops_.push_back(std::move(op)); }

  std::vector<SetupOp> Take() && { return std::move(ops_); }

 private:
  int NewSlot() { return next_slot_++; }

  std::vector<SetupOp> ops_;
  int next_slot_ = wire::kFirstSlot;
};

}  // namespace ibuild::builder
