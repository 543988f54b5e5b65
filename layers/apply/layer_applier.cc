#include "layers/apply/layer_applier.h"

#include <algorithm>
#include <string>

#include "layers/apply/entry_placer.h"
#include "layers/diff/whiteout.h"
#include "layers/tar/reader.h"
#include "support/clean_path.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::layers {
namespace {

class DigestSource final : public ByteSource {
 public:
  explicit DigestSource(ByteSource& source) : source_(source) {}
  std::size_t Read(std::span<std::byte> buffer) override {
    const std::size_t size = source_.Read(buffer);
    digester_.Update(buffer.first(size));
    return size;
  }
  oci::Digester& digester() { return digester_; }

 private:
  ByteSource& source_;
  oci::Digester digester_;
};

bool HasElement(const CleanPath& path, bool (*is_wanted)(std::string_view)) {
  const auto elements = path.Elements();
  return std::any_of(elements.begin(), elements.end(), is_wanted);
}

bool IsIgnoredName(std::string_view name) {
  return ParseWhiteoutName(name).kind == WhiteoutNameKind::kIgnored;
}

void ApplyEntry(EntryPlacer& placer, const TarEntry& entry, ByteSource& content) {
  const CleanPath path = CleanPath::Parse(entry.name);
  const CleanPath parent = path.Parent();
  if (HasElement(parent, IsIgnoredName)) return;
  const WhiteoutName whiteout = ParseWhiteoutName(path.Name());
  if (whiteout.kind == WhiteoutNameKind::kInvalid || HasElement(parent, IsReservedName)) {
    throw Error(ErrorKind::kCorrupt, "a whiteout of nothing");
  }
  switch (whiteout.kind) {
    case WhiteoutNameKind::kNone:
      return placer.Place(entry, content);
    case WhiteoutNameKind::kHides:
      return placer.HideName(parent.Child(whiteout.hidden));
    case WhiteoutNameKind::kOpaque:
      return placer.HideNamesIn(parent);
    case WhiteoutNameKind::kIgnored:
    case WhiteoutNameKind::kInvalid:
      return;
  }
}

}  // namespace

AppliedLayer ApplyLayer(ByteSource& tar, const std::filesystem::path& directory,
                        const LayeredTree& lower, const ApplyLimits& limits) {
  DigestSource source(tar);
  TarReader reader(source);
  EntryPlacer placer(directory, lower, limits);
  while (const auto entry = reader.Next()) {
    InContext("unpacking " + PrintableText(entry->name),
              [&] { ApplyEntry(placer, *entry, reader.content()); });
  }
  reader.ExpectEnd();
  placer.Finish();
  const std::uint64_t size = source.digester().size();
  return {.diff_id = {source.digester().Finish()},
          .tar_size = size,
          .depends_on_lower = placer.depends_on_lower()};
}

}  // namespace ibuild::layers
