// StreamUpload: a blob that is sent while it is being made, so that its digest comes last
// (distribution-spec "Pushing a blob in chunks").
//
// Pieces go out from a thread of its own, two of them at most waiting, so that making and sending
// overlap. Registries differ in what they take of this: at the first refusal or fault nothing more
// is sent, and whoever made the blob, and kept it, sends it in the usual way (blob_upload.h), which
// goes on where this one ended.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>

#include "oci/digest.h"
#include "registry/client/repository_access.h"
#include "registry/client/upload_note.h"

namespace ibuild::registry {

class StreamUpload {
 public:
  // Whether the registry may take a blob in this way; else everything that is written is dropped.
  static bool IsOfUse(const RepositoryAccess& access);

  // `content` says how the bytes come to be: the same bytes each time, so that what an earlier
  // process sent of them is not sent again. Empty: nothing is kept of it.
  StreamUpload(RepositoryAccess access, const std::string& content);
  StreamUpload(const StreamUpload&) = delete;
  StreamUpload& operator=(const StreamUpload&) = delete;
  ~StreamUpload();  // without Finish: the session is given up, unless there is a note of it

  void Write(std::span<const std::byte> bytes);
  // After the last byte: true when the registry has the blob.
  bool Finish(const oci::Digest& digest);

 private:
  void Run();
  void Send(std::string chunk);
  void OpenSession();
  bool GoOnWithTheLast();
  void TakeLocation(const HttpResponse& response);
  bool Commit(const oci::Digest& digest);
  void GiveUp();
  void Push(std::string chunk);
  HttpRequest Request(Method method, Url url) const;

  RepositoryAccess access_;
  std::optional<Url> location_;
  PeerRule peers_ = PeerRule::kAny;
  UploadNote note_;
  std::uint64_t position_ = 0;  // of the next chunk
  std::uint64_t held_ = 0;      // by the session
  std::string chunk_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> waiting_;
  bool failed_ = false;  // nothing more is sent
  bool ended_ = false;   // nothing more comes
  std::thread thread_;
};

}  // namespace ibuild::registry
