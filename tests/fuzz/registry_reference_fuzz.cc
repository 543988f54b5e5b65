// Image references: what parses must parse again from its own text to the same value.
#include <cstddef>
#include <cstdint>
#include <string>

#include "oci/reference.h"
#include "support/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using ibuild::oci::Reference;
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    const Reference reference = Reference::Parse(text);
    if (Reference::Parse(reference.ToString()) != reference) __builtin_trap();
    if (Reference::Parse(reference.Familiar()) != reference) __builtin_trap();
  } catch (const ibuild::Error& error) {
    if (error.kind() != ibuild::ErrorKind::kInvalidInput) __builtin_trap();
  }
  return 0;
}
