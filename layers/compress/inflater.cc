#include "layers/compress/inflater.h"

#include <dlfcn.h>
#include <isa-l/igzip_lib.h>
#include <zlib.h>

#include <algorithm>
#include <string>

#include "support/error.h"

namespace ibuild::layers {
namespace {

// Both count in 32 bits.
constexpr std::size_t kMostAtOnce = 1u << 30;

[[noreturn]] void ThrowCorrupt(const std::string& reason) {
  throw Error(ErrorKind::kCorrupt, "damaged gzip data: " + reason);
}

class ZlibInflater final : public Inflater {
 public:
  ZlibInflater() {
    if (inflateInit2(&stream_, MAX_WBITS + 16) != Z_OK) {
      throw Error(ErrorKind::kResourceExhausted, "no memory to read gzip data");
    }
  }
  ZlibInflater(const ZlibInflater&) = delete;
  ZlibInflater& operator=(const ZlibInflater&) = delete;
  ~ZlibInflater() override { inflateEnd(&stream_); }

  Progress Run(std::span<const std::byte> input, std::span<std::byte> output) override {
    const std::size_t in = std::min(input.size(), kMostAtOnce);
    const std::size_t out = std::min(output.size(), kMostAtOnce);
    // zlib does not write to its input.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(input.data()));
    stream_.avail_in = static_cast<uInt>(in);
    stream_.next_out = reinterpret_cast<Bytef*>(output.data());
    stream_.avail_out = static_cast<uInt>(out);
    const int result = inflate(&stream_, Z_NO_FLUSH);
    if (result != Z_STREAM_END && result != Z_OK && result != Z_BUF_ERROR) {
      ThrowCorrupt(stream_.msg != nullptr ? stream_.msg : "bad stream");
    }
    return {in - stream_.avail_in, out - stream_.avail_out, result == Z_STREAM_END};
  }

  void BeginMember() override { inflateReset(&stream_); }

 private:
  z_stream stream_ = {};
};

struct IsalLibrary {
  decltype(&::isal_inflate_init) init = nullptr;
  decltype(&::isal_inflate_reset) reset = nullptr;
  decltype(&::isal_inflate) inflate = nullptr;

  bool IsThere() const { return init != nullptr && reset != nullptr && inflate != nullptr; }

  static const IsalLibrary& Get() {
    static const IsalLibrary library = Load();
    return library;
  }

 private:
  static IsalLibrary Load() {
    IsalLibrary found;
    void* library = ::dlopen("libisal.so.2", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return found;
    found.init = reinterpret_cast<decltype(found.init)>(::dlsym(library, "isal_inflate_init"));
    found.reset = reinterpret_cast<decltype(found.reset)>(::dlsym(library, "isal_inflate_reset"));
    found.inflate = reinterpret_cast<decltype(found.inflate)>(::dlsym(library, "isal_inflate"));
    return found;
  }
};

class IsalInflater final : public Inflater {
 public:
  IsalInflater() : library_(IsalLibrary::Get()), state_(std::make_unique<inflate_state>()) {
    library_.init(state_.get());
    state_->crc_flag = ISAL_GZIP;
  }

  Progress Run(std::span<const std::byte> input, std::span<std::byte> output) override {
    const std::size_t in = std::min(input.size(), kMostAtOnce);
    const std::size_t out = std::min(output.size(), kMostAtOnce);
    // ISA-L does not write to its input.
    state_->next_in = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(input.data()));
    state_->avail_in = static_cast<std::uint32_t>(in);
    state_->next_out = reinterpret_cast<std::uint8_t*>(output.data());
    state_->avail_out = static_cast<std::uint32_t>(out);
    const int result = library_.inflate(state_.get());
    if (result < 0) ThrowCorrupt(ReasonOf(result));
    return {in - state_->avail_in, out - state_->avail_out,
            state_->block_state == ISAL_BLOCK_FINISH};
  }

  void BeginMember() override {
    library_.reset(state_.get());
    state_->crc_flag = ISAL_GZIP;
  }

 private:
  static std::string ReasonOf(int result) {
    switch (result) {
      case ISAL_INCORRECT_CHECKSUM:
        return "incorrect data check";
      case ISAL_INVALID_WRAPPER:
        return "incorrect header check";
      case ISAL_INVALID_LOOKBACK:
        return "invalid distance too far back";
      default:
        return "invalid block or symbol";
    }
  }

  const IsalLibrary& library_;
  std::unique_ptr<inflate_state> state_;
};

}  // namespace

std::unique_ptr<Inflater> MakeInflater(InflateEngine engine) {
  if (engine != InflateEngine::kZlib && IsalLibrary::Get().IsThere()) {
    return std::make_unique<IsalInflater>();
  }
  if (engine == InflateEngine::kIsal) return nullptr;
  return std::make_unique<ZlibInflater>();
}

}  // namespace ibuild::layers
