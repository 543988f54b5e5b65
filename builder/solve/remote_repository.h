// A Git repository that ADD takes files from: the remote is asked for the commit in each build, and
// what came is named by it.
#pragma once

#include <memory>
#include <string>

#include "builder/copy/copy_files.h"
#include "builder/graph/op.h"
#include "builder/solve/remote_access.h"

namespace ibuild::builder {

class RemoteRepository {
 public:
  // Asks for the commit.
  RemoteRepository(const RemoteAccess& access, const GitSource& source);
  std::string ContentKey() const;
  // Fetches and checks out.
  const TreeSelection& Files();
  // Of the commit, in seconds. Remembered: to tell it, a repository must be fetched.
  std::int64_t Time();

 private:
  struct Checkout;
  const RemoteAccess access_;
  const GitSource& source_;
  std::string commit_;
  std::shared_ptr<Checkout> checkout_;
};

}  // namespace ibuild::builder
