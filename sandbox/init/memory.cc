// The two functions that the compiler calls by itself, here because there is no C library.
#include <stddef.h>

extern "C" void* memcpy(void* to, const void* from, size_t size) {
  char* out = static_cast<char*>(to);
  const char* in = static_cast<const char*>(from);
  for (size_t i = 0; i < size; ++i) out[i] = in[i];
  return to;
}

extern "C" void* memset(void* at, int value, size_t size) {
  char* out = static_cast<char*>(at);
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<char>(value);
  return at;
}
