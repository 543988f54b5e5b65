#include "cli/sync_later.h"

#include "layers/store/store.h"
#include "support/error.h"
#include "support/process.h"

namespace ibuild::cli {

void SyncLater(Wiring& wiring) {
  layers::Store& store = wiring.store();
  if (!store.layer_directories().HasUnsynced()) return;
  try {
    StartDetached({"/proc/self/exe", "--root", store.root().native(), "sync"}, {});
  } catch (const Error&) {
  }
}

}  // namespace ibuild::cli
