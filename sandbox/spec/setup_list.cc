#include "sandbox/spec/setup_list.h"

namespace ibuild::builder {

int SetupList::Receive(int count) {
  const int first = next_slot_;
  next_slot_ += count;
  Add({.kind = OpKind::kReceive, .slot = first, .mode = static_cast<std::uint32_t>(count)});
  return first;
}

int SetupList::OpenHost(std::string path, std::uint64_t flags) {
  const int slot = NewSlot();
  Add({.kind = OpKind::kOpenHost, .slot = slot, .flags = flags, .path = std::move(path)});
  return slot;
}

int SetupList::NewMount(std::string type, std::string options, std::uint64_t attributes) {
  const int slot = NewSlot();
  Add({.kind = OpKind::kNewMount,
       .slot = slot,
       .flags = attributes,
       .path = std::move(type),
       .data = std::move(options)});
  return slot;
}

int SetupList::Clone(int at, std::string path, std::uint64_t flags) {
  const int slot = NewSlot();
  Add({.kind = OpKind::kClone, .slot = slot, .at = at, .flags = flags, .path = std::move(path)});
  return slot;
}

int SetupList::Resolve(int at, std::string path, std::uint32_t open_flags, std::uint64_t resolve) {
  const int slot = NewSlot();
  Add({.kind = OpKind::kResolve,
       .slot = slot,
       .at = at,
       .mode = open_flags,
       .flags = resolve,
       .path = std::move(path)});
  return slot;
}

void SetupList::Attributes(int mount, std::uint64_t attributes, bool recursive) {
  Add({.kind = OpKind::kAttributes,
       .slot = mount,
       .mode = recursive ? 1U : 0U,
       .flags = attributes});
}

void SetupList::Attach(int mount, int at, std::string path, std::uint64_t resolve) {
  Add({.kind = OpKind::kAttach,
       .slot = mount,
       .at = at,
       .flags = resolve,
       .path = std::move(path)});
}

void SetupList::Overlay(int directory, std::string options, std::uint64_t flags) {
  Add({.kind = OpKind::kOverlay,
       .flags = flags,
       .path = std::to_string(directory),
       .data = std::move(options)});
}

void SetupList::Directory(int at, std::string path, std::uint32_t mode) {
  Add({.kind = OpKind::kDirectory, .at = at, .mode = mode, .path = std::move(path)});
}

void SetupList::File(int at, std::string path, std::uint32_t mode, int content) {
  Add({.kind = OpKind::kFile, .slot = content, .at = at, .mode = mode, .path = std::move(path)});
}

void SetupList::MakeTarget(int at, std::string path, bool directory) {
  Add({.kind = OpKind::kMakeTarget,
       .at = at,
       .mode = directory ? 1U : 0U,
       .path = std::move(path)});
}

}  // namespace ibuild::builder
