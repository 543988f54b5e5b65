// CacheKey: the name under which the result of a step is remembered.
//
// Made of content, never of history: SHA-256 over the parts of the op that decide its result, the
// name of the file system it starts from, the content of the files it reads and the options that
// shape its layer. Equal steps have equal keys on every machine. The parts are kept, so that a miss
// can be explained.
//
// Not in a key: proxies, secrets' content, cache volumes, limits on memory and processors, IPs of
// extra hosts, labels and other configuration, time stamps of files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "builder/graph/op.h"
#include "layers/pack/layer_packer.h"
#include "oci/digest.h"
#include "oci/layer_id.h"

namespace ibuild::builder {

struct KeyPart {
  std::string name;  // "argv", "env.PATH", "state", "source 1 content"
  std::string value;

  friend bool operator==(const KeyPart&, const KeyPart&) = default;
};

struct CacheKey {
  oci::Digest digest;
  std::vector<KeyPart> parts;
};

// What a key needs beside the op.
struct KeyInputs {
  // The file system the step starts from, lowest layer first. Empty also for a COPY --link, whose
  // layer does not depend on it.
  std::vector<oci::DiffId> state;
  // By index of CopyOp::sources or RunOp::mounts: what decides the bytes and names taken from a
  // context, another vertex, a URL or a repository (a digest, a commit). Empty where the op itself
  // says all.
  std::vector<std::string> contents;
  // Of a COPY --link: what its destination's directories are in the file system below.
  std::string linked_into;
  layers::PackOptions pack;
  // What files made by the step have as their time; nothing: when they were made.
  std::optional<std::int64_t> build_time;
  // Of the build, for RunOp only.
  std::optional<std::uint64_t> shm_size;
  std::vector<std::string> ulimits;
  std::vector<std::string> extra_host_names;
};

// The name of the part that holds KeyInputs::contents[index].
std::string ContentPartName(const Op& op, std::size_t index);

// For RunOp, CopyOp and WorkdirOp; images and scratch are not steps (kInternal).
CacheKey ComputeKey(const Op& op, const KeyInputs& inputs);

// What differs between two keys of the same step.
struct KeyDifference {
  std::string name;
  std::optional<std::string> before;  // nothing: the part is new
  std::optional<std::string> after;   // nothing: the part is gone
};
std::vector<KeyDifference> ExplainMiss(const std::vector<KeyPart>& before,
                                       const std::vector<KeyPart>& after);

}  // namespace ibuild::builder
