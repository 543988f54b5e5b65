// NameIndex: which image a name means.
//
// The names are annotations (org.opencontainers.image.ref.name, in full) of the entries of
// index.json, the only file of the store that changes. Every change is made under a lock and
// replaces the file in one step. A name is only given to an image that is whole (image_parts.h);
// its documents and blobs are on the disk, names and all, before the name is, which no order of
// writes that a file system may choose undoes. The files of layer directories may be on their way
// still: LayerStore knows which (unsynced marks), and what a loss of power took is noticed.
// An image whose last name went to another one, or that never had a name, has an entry without a
// name: it lives until it is removed or pruned. Entries that another tool named in its own way are
// kept as they are, also those that cannot be read. Any thread.
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
  // What the name's registry knows the image by, once it was pulled or pushed: layers are plain
  // here and compressed there, so it may be another digest than the descriptor's.
  std::optional<oci::Digest> remote = {};

  friend bool operator==(const NamedImage&, const NamedImage&) = default;
};

class NameIndex {
 public:
  explicit NameIndex(SharedSession session) : session_(std::move(session)) {}

  std::optional<oci::Descriptor> Find(const oci::Reference& name) const;
  std::vector<NamedImage> List() const;           // sorted by name
  std::vector<oci::Descriptor> Untagged() const;  // images without a name, the oldest first
  // Every entry of index.json, named or not: what must be kept. Throws kCorrupt when one of them
  // cannot be read, for nobody knows what that keeps.
  std::vector<oci::Descriptor> Roots() const;

  // All under one lock, one atomic rewrite. Setting replaces; setting what is already so writes
  // nothing. An image that loses its last name so stays, untagged. Throws kNotFound when a part of
  // an image is not in the store. False when nothing was written.
  bool Set(const std::vector<NamedImage>& images);
  // Keeps an image that has no name. Nothing changes when it has one.
  void Keep(const oci::Descriptor& image);
  bool Remove(const oci::Reference& name);           // and the image with it; false: there was none
  bool RemoveUntagged(const oci::Digest& manifest);  // false: there was none
  void Clear();                                      // every name of ours, and what has none
  void ClearUntagged();

 private:
  template <typename Doomed>
  std::size_t Erase(const Doomed& doomed);
  void CheckWhole(const std::vector<NamedImage>& images) const;

  SharedSession session_;
};

}  // namespace ibuild::layers
