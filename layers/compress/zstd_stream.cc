#include "layers/compress/zstd_stream.h"

#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/error.h"

namespace ibuild::layers {
namespace {

constexpr int kMaxWindowLog = 27;  // 128 MiB: what `zstd -d` accepts without being asked
constexpr unsigned kMaxThreads = 8;

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

class ZstdSink final : public ByteSink {
 public:
  ZstdSink(int level, ByteSink& sink)
      : sink_(sink), context_(ZSTD_createCCtx()), output_(ZSTD_CStreamOutSize()) {
    // Any number of workers gives the same bytes, but none at all gives others: never less than 1.
    const unsigned threads = std::clamp(std::thread::hardware_concurrency(), 1u, kMaxThreads);
    Set(ZSTD_c_compressionLevel, level);
    Set(ZSTD_c_checksumFlag, 1);
    Set(ZSTD_c_nbWorkers, static_cast<int>(threads));
  }

  void Write(std::span<const std::byte> bytes) override {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    while (in.pos < in.size) Step(in, ZSTD_e_continue);
  }

  void Finish() override {
    ZSTD_inBuffer in{nullptr, 0, 0};
    while (Step(in, ZSTD_e_end) != 0) {
    }
    sink_.Finish();
  }

 private:
  void Set(ZSTD_cParameter parameter, int value) {
    CheckWrite(ZSTD_CCtx_setParameter(context_.get(), parameter, value));
  }

  std::size_t Step(ZSTD_inBuffer& in, ZSTD_EndDirective directive) {
    ZSTD_outBuffer out{output_.data(), output_.size(), 0};
    const std::size_t left = CheckWrite(ZSTD_compressStream2(context_.get(), &out, &in, directive));
    if (out.pos > 0) sink_.Write(std::span(output_).first(out.pos));
    return left;
  }

  ByteSink& sink_;
  std::unique_ptr<ZSTD_CCtx, ContextDeleter> context_;
  std::vector<std::byte> output_;
};

}  // namespace

std::unique_ptr<ByteSource> MakeZstdSource(std::unique_ptr<ByteSource> source) {
  return std::make_unique<ZstdSource>(std::move(source));
}

std::unique_ptr<ByteSink> MakeZstdSink(int level, ByteSink& sink) {
  return std::make_unique<ZstdSink>(level, sink);
}

}  // namespace ibuild::layers
