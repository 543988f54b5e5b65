// The text form of a layer: what `ibuild debug layer` shows, and what golden layers are kept in.
//
//   layer     = "ibuild layer 1" LF *( member )
//   member    = kind SP name *( SP attribute ) LF *( content )
//   kind      = "file" | "dir" | "symlink" | "hardlink" | "char" | "block" | "fifo"
//   attribute = "mode=" octal | "owner=" uid ":" gid | "time=" seconds | "to=" target
//             | "device=" major ":" minor | "xattr:" name "=" value
//   content   = TAB "|" line LF       a line of a file, with its newline
//             | TAB "\" line LF       a last line that has no newline
//             | TAB ":" base64 LF     bytes
//
// Names, targets and values are bytes; blanks, controls, `%` and what is not ASCII stand as `%XX`.
// Every attribute of a kind is written, in the order above; content follows a file only. A line
// that begins with `#` is a comment. Times are whole seconds, as in the layers that we write.
//
// For canonical layers text and tar are two forms of one thing: each gives the other back, to the
// byte. A layer of another tool gives a text, whose tar is the canonical one of the same members.
#pragma once

#include <string_view>

#include "support/byte_stream.h"

namespace ibuild::layers {

// `tar`: plain, read to its end; errors as of TarReader. Nothing is kept in memory but one small
// file. The sinks' Finish is the caller's.
void WriteLayerText(ByteSource& tar, ByteSink& text);

// Throws kInvalidInput, naming the line.
void WriteLayerTar(std::string_view text, ByteSink& tar);

}  // namespace ibuild::layers
