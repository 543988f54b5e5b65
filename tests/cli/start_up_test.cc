// What every start of the program pays before main (docs/decisions/0001-start-up.md).
#include <gtest/gtest.h>
#include <link.h>

#include <cstddef>

namespace ibuild::cli {
namespace {

// The first object that is reported is the program itself.
int ReadThreadMemory(dl_phdr_info* info, std::size_t /*size*/, void* result) {
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    if (segment.p_type == PT_TLS) *static_cast<std::size_t*>(result) = segment.p_memsz;
  }
  return 1;
}

TEST(StartUp, NoBufferIsPartOfEveryThread) {
  std::size_t thread_memory = 0;
  ::dl_iterate_phdr(ReadThreadMemory, &thread_memory);
  EXPECT_LT(thread_memory, 4096U) << "allocate it when it is first used";
}

}  // namespace
}  // namespace ibuild::cli
