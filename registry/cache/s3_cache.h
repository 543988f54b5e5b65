// A shared cache in a bucket of S3, or of what speaks like it: type=s3.
//
//   PREFIX blobs/sha256/<hex>    layers
//   PREFIX answers/<name>        the document
//
// Requests are signed here (aws_signature.h); with an endpoint of its own the bucket is in the
// path. A document is written only over the one that it was merged with (If-Match, If-None-Match),
// so two writers lose nothing where the service honours that; where it does not, the later one
// wins.
#pragma once

#include <string>

#include "oci/shared_cache.h"
#include "registry/cache/aws_signature.h"
#include "registry/http/transport.h"

namespace ibuild::registry {

struct S3Settings {
  std::string bucket;
  std::string region;
  std::string endpoint;  // "http://localhost:4568"; empty: Amazon's
  bool path_style = false;
  std::string prefix;           // "ci/"; empty: none
  std::string name = "ibuild";  // of the document
  AwsCredentials credentials;
};

class S3Cache final : public oci::SharedCache {
 public:
  // `transport` must outlive it. Throws kUsage for an endpoint that is none.
  S3Cache(Transport& transport, S3Settings settings, std::stop_token stop = {});

  std::optional<std::string> ReadAnswers(std::stop_token stop) override;
  void WriteAnswers(const Merge& merge) override;
  bool Has(const oci::Descriptor& blob) override;
  std::unique_ptr<ByteSource> Open(const oci::Descriptor& blob) override;
  void Put(const oci::Descriptor& blob,
           const std::function<std::unique_ptr<ByteSource>()>& open) override;

 private:
  struct Document {
    std::optional<std::string> text;
    std::string etag;
  };

  Url UrlOf(const std::string& key) const;
  std::string BlobKey(const oci::Descriptor& blob) const;
  std::string AnswersKey() const { return settings_.prefix + "answers/" + settings_.name; }
  HttpResponse Send(HttpRequest request, std::string_view payload, std::stop_token stop);
  Document ReadDocument(std::stop_token stop);
  bool WriteDocument(const std::string& text, const Document& over);

  Transport& transport_;
  S3Settings settings_;
  std::stop_token stop_;
  Url base_;  // of the bucket
};

}  // namespace ibuild::registry
