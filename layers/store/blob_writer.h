// BlobWriter: bytes on their way to becoming a blob, whose digest need not be known beforehand.
//
// Writes go to staging and are hashed on the way. Finish() makes them durable and fixes digest and
// size; Publish() gives them their name. What was not published is removed by the destructor.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "layers/store/store_session.h"
#include "oci/descriptor.h"
#include "support/byte_stream.h"
#include "support/fd.h"

namespace ibuild::layers {

class BlobWriter final : public ByteSink {
 public:
  explicit BlobWriter(SharedSession session);
  BlobWriter(const BlobWriter&) = delete;
  BlobWriter& operator=(const BlobWriter&) = delete;
  ~BlobWriter() override;

  void Write(std::span<const std::byte> bytes) override;
  void Finish() override;

  // After Finish().
  oci::Descriptor Describe(std::string media_type) const;
  std::string ReadBack(std::size_t limit) const;  // of documents; longer is kResourceExhausted
  void Publish();                                 // again: nothing happens

 private:
  SharedSession session_;
  std::filesystem::path path_;  // empty: published
  UniqueFd fd_;
  oci::Digester digester_;
  std::optional<oci::Digest> digest_;
};

}  // namespace ibuild::layers
