// Any sequence of members with the names that attacks are made of: nothing outside the directory
// changes, and what was unpacked packs and unpacks to the same again. Wants root, or a user
// namespace (unshare -Umr).
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "layers/apply/layer_applier.h"
#include "layers/pack/layer_packer.h"
#include "layers/tar/header.h"
#include "support/error.h"
#include "support/files.h"

using namespace ibuild;
using namespace ibuild::layers;

namespace fs = std::filesystem;

namespace {

// The directory for layers, and beside it what must not change.
struct Place {
  Place() : temp(fs::temp_directory_path(), "ibuild-fuzz-") {
    fs::create_directories(temp.path() / "low/l");
    fs::create_directory_symlink("l", temp.path() / "low/s");
    WriteFileAtomically(temp.path() / "low/l/f", "below");
    WriteFileAtomically(temp.path() / "canary", "canary", 0640);
    if (::stat((temp.path() / "canary").c_str(), &before) != 0) std::abort();
  }

  void Check() const {
    struct stat now;
    const fs::path canary = temp.path() / "canary";
    const bool same = ::lstat(canary.c_str(), &now) == 0 && now.st_mode == before.st_mode &&
                      now.st_nlink == 1 && now.st_ctim.tv_sec == before.st_ctim.tv_sec &&
                      now.st_ctim.tv_nsec == before.st_ctim.tv_nsec;
    if (!same || ReadFile(canary) != "canary") std::abort();
  }

  TempDir temp;
  struct stat before = {};
};

// One byte each, consumed from the front; zeros when there are none left.
class Choices {
 public:
  explicit Choices(std::string_view bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  unsigned Next(unsigned limit) {
    if (bytes_.empty()) return 0;
    const unsigned value = static_cast<unsigned char>(bytes_.front()) % limit;
    bytes_.remove_prefix(1);
    return value;
  }

 private:
  std::string_view bytes_;
};

std::string Name(Choices& choices) {
  static constexpr const char* kElements[] = {
      "a",     "b",     "s", "l",      "f",    "..",     ".wh.a", ".wh.s",
      ".wh.l", ".wh.f", ".", "canary", ".wh.", ".wh...", "",      ".wh..wh..opq"};
  std::string name = kElements[choices.Next(std::size(kElements))];
  while (choices.Next(3) != 0) {
    name += '/';
    name += kElements[choices.Next(std::size(kElements))];
  }
  return name;
}

std::string MakeTar(Choices choices) {
  static constexpr char kTypes[] = {'0', '0', '5', '5', '2', '2', '1', '6', '3'};
  std::string tar;
  while (!choices.empty() && tar.size() < 100 * kTarBlock) {
    TarHeader header;
    header.type = kTypes[choices.Next(std::size(kTypes))];
    header.mode = 0700 | choices.Next(64);
    header.name = Name(choices);
    header.link_name = Name(choices);
    header.device_major = 1;
    header.device_minor = choices.Next(4);
    const TarBlock block = EncodeTarHeader(header);
    tar.append(block.data(), block.size());
  }
  return tar + std::string(2 * kTarBlock, '\0');
}

std::string Unpack(const Place& place, const std::string& tar) {
  const TempDir target(place.temp.path(), "layer-");
  StringSource source(tar);
  ApplyLayer(source, target.path(), LayeredTree({place.temp.path() / "low"}));
  StringSink sink;
  PackDirectory(target.path(), {}, sink);
  return sink.text();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto* const place = new Place;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const std::string once = Unpack(*place, MakeTar(Choices(bytes)));
    place->Check();
    if (Unpack(*place, once) != once) std::abort();
  } catch (const Error&) {
  }
  place->Check();
  return 0;
}
