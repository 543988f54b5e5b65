#include "support/fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <thread>

#include "support/byte_stream.h"
#include "tests/expect_error.h"

namespace ibuild {
namespace {

bool IsOpen(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }
bool ClosesOnExec(int fd) { return (::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0; }

TEST(UniqueFd, ClosesWhenItGoesAway) {
  int number = -1;
  {
    const Pipe pipe = MakePipe();
    number = pipe.read_end.get();
    EXPECT_TRUE(IsOpen(number));
  }
  EXPECT_FALSE(IsOpen(number));
}

TEST(UniqueFd, MoveLeavesNothingBehind) {
  Pipe pipe = MakePipe();
  const int number = pipe.read_end.get();
  UniqueFd moved = std::move(pipe.read_end);
  EXPECT_FALSE(pipe.read_end);
  EXPECT_EQ(moved.get(), number);
  moved = UniqueFd();
  EXPECT_FALSE(IsOpen(number));
}

TEST(UniqueFd, ResetKeepsErrno) {
  Pipe pipe = MakePipe();
  errno = ENOSPC;
  pipe.read_end.Reset();
  EXPECT_EQ(errno, ENOSPC);
}

TEST(UniqueFd, EveryDescriptorClosesOnExec) {
  const Pipe pipe = MakePipe();
  EXPECT_TRUE(ClosesOnExec(pipe.read_end.get()));
  EXPECT_TRUE(ClosesOnExec(pipe.write_end.get()));
  EXPECT_TRUE(ClosesOnExec(pipe.read_end.Duplicate().get()));
}

TEST(UniqueFd, CloseReportsABadDescriptor) {
  Pipe pipe = MakePipe();
  ::close(pipe.read_end.get());
  ExpectError(ErrorKind::kSystem, "close", [&] { pipe.read_end.Close(); });
  EXPECT_FALSE(pipe.read_end);
}

TEST(Fd, ReadUpToContinuesAfterShortReadsAndStopsAtTheEnd) {
  Pipe pipe = MakePipe();
  std::thread writer([end = std::move(pipe.write_end)] {
    for (const char* piece : {"ab", "cd", "e"}) {
      WriteAll(end.get(), piece);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  });
  std::array<std::byte, 16> buffer;
  const std::size_t count = ReadUpTo(pipe.read_end.get(), buffer);
  writer.join();
  EXPECT_EQ(AsText(std::span(buffer).first(count)), "abcde");
}

TEST(Fd, WriteAllOutlastsAFullPipe) {
  Pipe pipe = MakePipe();
  const std::string much(1u << 20, 'x');
  std::thread writer([&, end = std::move(pipe.write_end)] { WriteAll(end.get(), much); });
  FdSource source(std::move(pipe.read_end));
  EXPECT_EQ(ReadToString(source, 2u << 20), much);
  writer.join();
}

}  // namespace
}  // namespace ibuild
