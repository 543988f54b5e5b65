#include "layers/store/verified_source.h"

#include "layers/store/store_session.h"
#include "oci/blob_store.h"
#include "support/error.h"

namespace ibuild::layers {
namespace {

class VerifiedSource final : public ByteSource {
 public:
  VerifiedSource(StoreLayout layout, std::filesystem::path origin,
                 std::unique_ptr<ByteSource> content, const oci::Descriptor& descriptor)
      : layout_(std::move(layout)),
        origin_(std::move(origin)),
        content_(std::move(content), descriptor) {}

  std::size_t Read(std::span<std::byte> buffer) override {
    try {
      return content_.Read(buffer);
    } catch (Error& error) {
      if (error.kind() == ErrorKind::kCorrupt && MoveToTrash(layout_, origin_)) {
        error.AddHint("what is damaged was set aside; pull the image or build it again");
      }
      throw;
    }
  }

 private:
  StoreLayout layout_;
  std::filesystem::path origin_;
  oci::VerifyingSource content_;
};

}  // namespace

std::unique_ptr<ByteSource> OpenVerified(const StoreLayout& layout, std::filesystem::path origin,
                                         std::unique_ptr<ByteSource> content,
                                         const oci::Descriptor& descriptor) {
  return std::make_unique<VerifiedSource>(layout, std::move(origin), std::move(content),
                                          descriptor);
}

}  // namespace ibuild::layers
