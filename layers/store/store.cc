#include "layers/store/store.h"

#include "layers/store/blob_directory.h"
#include "layers/store/open_store.h"
#include "layers/store/record_directory.h"

namespace ibuild::layers {

struct Store::State {
  explicit State(const StoreLayout& layout)
      : session(std::make_shared<StoreSession>(layout)),
        layers(session),
        blobs(session, layers),
        names(session),
        records(session) {}

  SharedSession session;
  LayerStore layers;
  BlobDirectory blobs;
  NameIndex names;
  RecordDirectory records;
};

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Store Store::Open(const std::filesystem::path& root) {
  const StoreLayout layout(std::filesystem::absolute(root));
  PrepareStore(layout);
  return Store(std::make_unique<State>(layout));
}

const std::filesystem::path& Store::root() const { return layout().root(); }
const StoreLayout& Store::layout() const { return state_->session->layout(); }
const SharedSession& Store::session() const { return state_->session; }
oci::BlobStore& Store::blobs() { return state_->blobs; }
void Store::AddElsewhere(BlobDirectory::Elsewhere elsewhere) {
  state_->blobs.AddElsewhere(std::move(elsewhere));
}
LayerStore& Store::layer_directories() { return state_->layers; }
NameIndex& Store::names() { return state_->names; }

std::unique_ptr<BlobWriter> Store::NewBlob() {
  return std::make_unique<BlobWriter>(state_->session);
}

std::optional<std::string> Store::ReadRecord(const std::string& key) const {
  return state_->records.Read(key);
}

void Store::WriteRecord(const std::string& key, std::string_view record) const {
  state_->records.Write(key, record);
}

void Store::RemoveRecord(const std::string& key) const { state_->records.Remove(key); }

void Store::Lease(const oci::Digest& digest) { state_->session->Pin(digest); }

}  // namespace ibuild::layers
