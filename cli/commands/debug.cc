#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <utility>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/local_images.h"
#include "cli/render/output.h"
#include "cli/result_file.h"
#include "cli/wiring.h"
#include "layers/compress/codec.h"
#include "layers/tar/layer_text.h"
#include "parser/syntax/dump.h"
#include "parser/syntax/parse.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

std::string Dump(const std::string& what, const parser::Dockerfile& dockerfile) {
  if (what == "ast") return parser::DumpAst(dockerfile);
  if (what == "stages") return parser::DumpStages(dockerfile);
  if (what == "args") return parser::DumpArgs(dockerfile);
  throw Error(ErrorKind::kUsage, fmt::format("{} cannot be shown", Quote(what)))
      .WithHint("`ast`, `stages`, `args` and `layer` can");
}

void ShowDockerfile(const std::string& what, const std::string& file) {
  const SourceText source(file, file == "-" ? ReadAll(STDIN_FILENO) : ReadFile(file));
  const parser::ParseResult result = parser::ParseDockerfile(source);
  WriteStandardOutput(Dump(what, result.dockerfile));
  parser::ThrowIfErrors(result, source);
}

// Beyond the standard streams, and ours alone to close.
UniqueFd Duplicate(int fd) {
  UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (!copy) throw ErrnoError("duplicating a standard stream", errno);
  return copy;
}

UniqueFd OpenInput(const std::string& file) {
  return file == "-" ? Duplicate(STDIN_FILENO) : OpenFile(file, O_RDONLY);
}

// Layers of an image are counted from 1, the lowest first.
oci::Descriptor ChooseLayer(const oci::Manifest& manifest, std::uint64_t number) {
  const std::size_t count = manifest.layers.size();
  if (number == 0 && count == 1) return manifest.layers[0];
  if (number >= 1 && number <= count) return manifest.layers[number - 1];
  throw Error(ErrorKind::kUsage, fmt::format("the image has {} layers", count))
      .WithHint("choose one with `--layer`, counted from 1, the lowest first");
}

class DebugCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("--pack", "layer: from the text form to a tar on standard output", pack_);
    options.Custom("--layer", "NUMBER", "layer: which one of an image, counted from 1",
                   [this](const std::string& text) { layer_ = ReadNumber(text); });
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    if (operands[0] == "layer") {
      ShowLayer(wiring, operands.size() > 1 ? operands[1] : "-");
    } else {
      ShowDockerfile(operands[0], operands.size() > 1 ? operands[1] : "Dockerfile");
    }
    return kExitOk;
  }

 private:
  static std::uint64_t ReadNumber(const std::string& text) {
    const auto number = ParseUnsigned(text);
    if (!number) throw Error(ErrorKind::kUsage, Quote(text) + " is no number");
    return *number;
  }

  void ShowLayer(Wiring& wiring, const std::string& what) {
    if (pack_) {
      ResultFile file("-");
      layers::WriteLayerTar(what == "-" ? ReadAll(STDIN_FILENO) : ReadFile(what), file.sink());
      file.Commit();
      return;
    }
    FdSink text(Duplicate(STDOUT_FILENO));
    layers::WriteLayerText(*layers::Decompress(OpenLayer(wiring, what)), text);
    text.Finish();
  }

  std::unique_ptr<ByteSource> OpenLayer(Wiring& wiring, const std::string& what) const {
    if (what == "-" || std::filesystem::is_regular_file(what)) {
      return std::make_unique<FdSource>(OpenInput(what));
    }
    const LocalImage image = FindImage(wiring, what);
    wiring.BecomeRoot();
    return wiring.store().blobs().Open(ChooseLayer(image.content, layer_));
  }

  bool pack_ = false;
  std::uint64_t layer_ = 0;  // 0: not said
};

}  // namespace

std::unique_ptr<Command> MakeDebug() { return std::make_unique<DebugCommand>(); }

}  // namespace ibuild::cli
