// What ADD takes from the network: files by URL and Git repositories.
//
// Both are asked for anew in each build (a URL with a checksum that is in the store is not); what
// came is named by its content or commit.
#pragma once

#include <memory>
#include <string>

#include "builder/copy/copy_files.h"
#include "builder/graph/op.h"
#include "builder/solve/step.h"
#include "support/files.h"

namespace ibuild::builder {

struct RemoteFile {
  LooseFile file;
  std::string content_key;
};
// Downloads into the store. Throws what BuildPorts::fetch_url throws; kInvalidInput `digest
// mismatch sha256:A: sha256:B`.
RemoteFile FetchRemoteFile(const SolveContext& context, const UrlSource& source);

class RemoteRepository {
 public:
  // Asks for the commit.
  RemoteRepository(const SolveContext& context, const GitSource& source);
  std::string ContentKey() const;
  // Fetches and checks out.
  const TreeSelection& Files();

 private:
  struct Checkout;
  const SolveContext& context_;
  const GitSource& source_;
  std::string commit_;
  std::shared_ptr<Checkout> checkout_;
};

}  // namespace ibuild::builder
