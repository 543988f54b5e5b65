// Whiteouts: how a layer says "this name of a lower layer is gone", in its two spellings.
//
//   OCI tar (image-spec layer.md, "Whiteouts")    overlayfs (kernel, overlayfs.rst, "whiteouts")
//   regular file ".wh.<name>"                     character device 0:0 called <name>
//   regular file ".wh..wh..opq" in a directory    attribute <space>.overlay.opaque = "y" on it
//
// A layer directory uses overlayfs's spelling, so that it can be mounted as it is. Which space the
// attribute is in depends on who mounts: "trusted" needs CAP_SYS_ADMIN over the machine, so a mount
// made in a user namespace reads "user" (mount option userxattr). Only the space in use counts: as
// root, a program may well have set user.overlay.opaque for reasons of its own.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>

namespace ibuild::layers {

inline constexpr std::string_view kWhiteoutPrefix = ".wh.";
inline constexpr std::string_view kOpaqueName = ".wh..wh..opq";

enum class WhiteoutNameKind {
  kNone,     // an ordinary name
  kHides,    // hides `hidden` of the layers below
  kOpaque,   // hides everything that the layers below have in its directory
  kIgnored,  // bookkeeping of aufs (".wh..wh.plnk"), which means nothing in a layer
  kInvalid,  // nothing that could be hidden: ".wh.", ".wh..", ".wh..."
};

struct WhiteoutName {
  WhiteoutNameKind kind = WhiteoutNameKind::kNone;
  std::string_view hidden;  // part of the text that was given
};

WhiteoutName ParseWhiteoutName(std::string_view name);

// A name that a layer's tar would turn into a whiteout cannot be the name of a file.
bool IsReservedName(std::string_view name);

enum class OverlaySpace { kTrusted, kUser };

// The one that this process must use: reads /proc/self/uid_map, so ask after entering a user
// namespace, and keep the answer only as long as the process stays in it.
OverlaySpace CurrentOverlaySpace();
std::string OverlayAttribute(OverlaySpace space, std::string_view name);

bool IsWhiteout(const struct stat& file);
// `directory` O_PATH or better, the name free. A record of one where it is refused (StatBelow).
void MakeWhiteout(int directory, const std::string& name);

// `directory`: open for reading (not O_PATH).
bool IsOpaque(int directory, OverlaySpace space);
void SetOpaque(int directory, OverlaySpace space);

}  // namespace ibuild::layers
