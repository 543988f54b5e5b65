// NameIndex: which image a name means.
//
// The names are annotations (org.opencontainers.image.ref.name, in full) of the entries of
// index.json, the only file of the store that changes. Every change is made under a lock and
// replaces the file in one step. A name is only given to an image that is whole (image_parts.h);
// its documents and blobs are on the disk, names and all, before the name is, which no order of
// writes that a file system may choose undoes. The files of layer directories may be on their way
// still: LayerStore knows which (unsynced marks), and what a loss of power took is noticed.
// Entries that another tool put there without a name of ours are kept as they are. Any thread.
#pragma once

#include <optional>
#include <vector>

#include "layers/store/store_session.h"
#include "oci/descriptor.h"
#include "oci/reference.h"

namespace ibuild::layers {

// Names are full references, usually with a tag ("docker.io/user/app:v0.0.1").
struct NamedImage {
  oci::Reference name;
  oci::Descriptor descriptor;  // manifest or index in the blob store

  friend bool operator==(const NamedImage&, const NamedImage&) = default;
};

class NameIndex {
 public:
  explicit NameIndex(SharedSession session) : session_(std::move(session)) {}

  std::optional<oci::Descriptor> Find(const oci::Reference& name) const;
  std::vector<NamedImage> List() const;  // sorted by name
  // Every entry of index.json, named or not: what must be kept.
  std::vector<oci::Descriptor> Roots() const;

  // All under one lock, one atomic rewrite. Setting replaces; setting what is already so writes
  // nothing. Throws kNotFound when a part of an image is not in the store.
  // False then.
  bool Set(const std::vector<NamedImage>& images);
  bool Remove(const oci::Reference& name);  // false: there was none
  void Clear();                             // every name of ours

 private:
  void CheckWhole(const std::vector<NamedImage>& images) const;

  SharedSession session_;
};

}  // namespace ibuild::layers
