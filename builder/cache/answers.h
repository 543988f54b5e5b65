// Answers: what a shared cache says, all in one document, so that one request answers a build.
//
// Of these kinds: what layer a step with this key made, and which blob holds it; what a selection
// of files out of a given file system digests to; what a cache mount held (layers/shared); and
// documents of base images (manifests, configs), which name themselves. The first three bind a key
// to a value that cannot be checked without doing the work, so each of them may carry its maker's
// signature; documents need none.
//
// Written as JSON, compressed. Reading is strict and bounded: a document that is damaged, too big
// or of a later version is an Error, and the build goes on without it. All pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "builder/cache/cache_index.h"
#include "oci/descriptor.h"
#include "oci/shared_cache.h"
#include "support/ed25519.h"

namespace ibuild::builder {

// The compressed form of a layer.
struct LayerBlob {
  oci::Digest digest;
  std::uint64_t size = 0;
  std::string choice;  // "gzip-6" (layers/store/compressed_layers.h)

  oci::Descriptor Describe() const;
  friend bool operator==(const LayerBlob&, const LayerBlob&) = default;
};

struct SharedRecord {
  oci::Digest key;
  CacheRecord result;
  std::optional<LayerBlob> blob;  // nothing: the layer is not in the cache
  std::int64_t used = 0;          // seconds; by whose clock, nobody knows
  std::string signature;          // empty: none
};

struct SharedSelection {
  oci::Digest subject;
  std::string value;
  std::int64_t used = 0;
  std::string signature;
};

struct SharedDocument {
  std::string media_type;
  std::string text;
  std::int64_t used = 0;
};

// What a build was made of (explain/build_facts.h), in a blob of its own: only who wants to know
// why a step ran reads it.
struct SharedFacts {
  oci::Digest digest;
  std::uint64_t size = 0;
  std::int64_t used = 0;

  oci::Descriptor Describe() const;
};

// A cache mount as it was sent. Two writers at the same time leave two of one name; who sends the
// mount next puts one in their place.
struct SharedMount {
  oci::Digest name;  // of what steps hold to be one mount (solve/run_mounts.cc)
  std::string id;    // as the Dockerfile says it
  oci::Digest index;
  std::uint64_t index_size = 0;
  std::vector<oci::Descriptor> packs = {};  // that the index names: for the cache, to keep them
  std::uint64_t bytes = 0;                  // of content
  std::int64_t used = 0;
  std::string signature = {};

  oci::Descriptor Describe() const;  // the index
};

struct Answers {
  std::vector<SharedRecord> records = {};
  std::vector<SharedSelection> selections = {};
  std::vector<SharedDocument> documents = {};
  std::vector<SharedFacts> facts = {};
  std::vector<SharedMount> mounts = {};
};

// The form of documents and of facts on the wire.
std::string PackText(const std::string& text);
std::string UnpackText(const std::string& packed);  // throws kCorrupt, kResourceExhausted

std::string Serialize(const Answers& answers);
// Throws kUnsupported for a later version, kResourceExhausted, kCorrupt, kInvalidInput.
Answers ParseAnswers(const std::string& text);
// What a writer starts from: nothing where the document is damaged and of use to nobody. Throws
// kUnsupported: one of a later version is not ours to write over.
Answers ParseAnswersToReplace(const std::optional<std::string>& text);

void Sign(Answers& answers, const SigningKey& key);
// Removes what none of the keys has signed, unless there are no keys; returns how many went.
std::size_t RemoveUntrusted(Answers& answers, const std::vector<VerifyKey>& trusted);
bool IsSignedBy(const SharedMount& mount, const VerifyKey& key);

// What two writers know together: every key's newest words, the least recently used left out when
// there are too many. No time is taken to be later than `now`.
Answers Merge(Answers theirs, const Answers& ours, std::int64_t now);
// Whether merging `ours` would tell a reader of `theirs` anything.
bool AddsTo(const Answers& theirs, const Answers& ours);

// The document and the layers that it names.
oci::CacheAnswers ToCacheAnswers(const Answers& answers);

}  // namespace ibuild::builder
