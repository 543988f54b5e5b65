// Store: everything ibuild keeps on this machine, under one directory (store_layout.h).
//
// Any number of processes and threads may use one store at a time. Names point only at what is
// complete; writes go to staging and are renamed; what a process found or made stays until the
// process ends, whatever a prune does beside it. Killing a process at any instant leaves nothing
// that a later run trusts wrongly: staging is swept by the next prune, layer directories that a
// loss of power may have torn are not believed, and everything else is read with its digest.
//
// Opening creates the directory (0700) and refuses one that another user owns or that holds
// something else. It is cheap: one small file is read, the rest when it is asked for.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "layers/store/blob_writer.h"
#include "layers/store/layer_store.h"
#include "layers/store/name_index.h"
#include "oci/blob_store.h"

namespace ibuild::layers {

class Store {
 public:
  static Store Open(const std::filesystem::path& root);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  const std::filesystem::path& root() const;
  const StoreLayout& layout() const;
  const SharedSession& session() const;

  // Blobs. Open() of a plain layer that is here only as a directory makes its tar on the fly
  // (verified like any other stream).
  oci::BlobStore& blobs();
  // Where blobs().Open looks for what is not here, the latest first; null means not there either.
  // Has() stays about here.
  void AddElsewhere(std::function<std::unique_ptr<ByteSource>(const oci::Descriptor&)> elsewhere);
  // For content whose digest is known only after writing it.
  std::unique_ptr<BlobWriter> NewBlob();
  LayerStore& layer_directories();
  NameIndex& names();

  // Small records of the build cache, by 64-hex key; bytes are opaque here. A record that was
  // damaged reads as nothing.
  std::optional<std::string> ReadRecord(const std::string& key) const;
  void WriteRecord(const std::string& key, std::string_view record) const;
  void RemoveRecord(const std::string& key) const;

  // Keeps what has this digest (blob, layer, chain) from any prune until this process ends. Look
  // it up after this, not before. Lookups and writes through the members above do it themselves.
  void Lease(const oci::Digest& digest);

 private:
  struct State;
  explicit Store(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace ibuild::layers
