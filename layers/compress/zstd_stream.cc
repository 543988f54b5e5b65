#include "layers/compress/zstd_stream.h"

#include <zstd.h>
#include <zstd_errors.h>

#include <string>
#include <utility>
#include <vector>

#include "layers/compress/block_sink.h"
#include "support/error.h"

namespace ibuild::layers {
namespace {

constexpr int kMaxWindowLog = 27;  // 128 MiB: what `zstd -d` accepts without being asked

// The size of a frame's content. Fixed: the bytes of the result depend on it. Four windows of the
// default level, so little is lost by starting afresh.
constexpr std::size_t kFrameSize = 8 << 20;

struct ContextDeleter {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

std::size_t CheckRead(std::size_t result) {
  if (!ZSTD_isError(result)) return result;
  if (ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge) {
    throw Error(ErrorKind::kResourceExhausted, "zstd data wants a window over 128 MiB");
  }
  throw Error(ErrorKind::kCorrupt, std::string("damaged zstd data: ") + ZSTD_getErrorName(result));
}

std::size_t CheckWrite(std::size_t result) {
  if (!ZSTD_isError(result)) return result;
  throw Error(ErrorKind::kInternal, std::string("zstd: ") + ZSTD_getErrorName(result));
}

class ZstdSource final : public ByteSource {
 public:
  explicit ZstdSource(std::unique_ptr<ByteSource> source)
      : source_(std::move(source)), context_(ZSTD_createDCtx()), input_(ZSTD_DStreamInSize()) {
    CheckRead(ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kMaxWindowLog));
  }

  std::size_t Read(std::span<std::byte> buffer) override {
    ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
    while (out.pos == 0) {
      // A full output may have left more inside, which needs no new input.
      if (in_.pos == in_.size && !holds_output_ && !Fill()) {
        if (in_frame_) throw Error(ErrorKind::kCorrupt, "damaged zstd data: unexpected end");
        return 0;
      }
      in_frame_ = CheckRead(ZSTD_decompressStream(context_.get(), &out, &in_)) != 0;
      holds_output_ = in_frame_ && out.pos == out.size;
    }
    return out.pos;
  }

 private:
  bool Fill() {
    in_ = {input_.data(), source_->Read(input_), 0};
    return in_.size > 0;
  }

  std::unique_ptr<ByteSource> source_;
  std::unique_ptr<ZSTD_DCtx, ContextDeleter> context_;
  std::vector<std::byte> input_;
  ZSTD_inBuffer in_ = {};
  bool in_frame_ = false;
  bool holds_output_ = false;
};

ByteBlock CompressFrame(const ByteBlock& block, int level) {
  const std::unique_ptr<ZSTD_CCtx, ContextDeleter> context(ZSTD_createCCtx());
  CheckWrite(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level));
  CheckWrite(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1));
  ByteBlock frame(ZSTD_compressBound(block.size()));
  frame.resize(CheckWrite(
      ZSTD_compress2(context.get(), frame.data(), frame.size(), block.data(), block.size())));
  return frame;
}

}  // namespace

std::unique_ptr<ByteSource> MakeZstdSource(std::unique_ptr<ByteSource> source) {
  return std::make_unique<ZstdSource>(std::move(source));
}

std::unique_ptr<ByteSink> MakeZstdSink(int level, ByteSink& sink) {
  const auto compress = [level](const ByteBlock& block) { return CompressFrame(block, level); };
  return MakeBlockSink(kFrameSize, compress, sink);
}

}  // namespace ibuild::layers
