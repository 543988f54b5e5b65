#include "cli/remote/two_sides.h"

#include "cli/wiring.h"

namespace ibuild::cli {

void TwoSides::Declare(OptionSet& options) {
  both_.Declare(options);
  source_options_.DeclareSide(options, "src");
  target_options_.DeclareSide(options, "dest");
}

void TwoSides::Open(Wiring& wiring) {
  both_.ApplyTo(wiring.registry_settings());
  // One client, and with it one set of connections and tokens, unless the sides differ.
  if (source_options_.IsGiven() || target_options_.IsGiven()) {
    registry::RegistrySettings settings = wiring.registry_settings();
    source_options_.ApplyTo(settings);
    own_source_ = std::make_unique<registry::RegistryClient>(settings, wiring.reporter());
    source_ = own_source_.get();
    target_options_.ApplyTo(wiring.registry_settings());
  }
  target_ = &wiring.registry();
  if (source_ == nullptr) source_ = target_;
}

}  // namespace ibuild::cli
