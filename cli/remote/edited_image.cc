#include "cli/remote/edited_image.h"

#include <fcntl.h>
#include <fmt/format.h>

#include "cli/remote/write_image.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "layers/compress/codec.h"
#include "layers/store/store.h"
#include "oci/media_type.h"
#include "oci/present_image.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::cli {
namespace {

oci::Descriptor EditOne(const OpenedImage& image, const oci::Descriptor& descriptor,
                        CombinedSource& parts, const PartsEditor& edit) {
  parts.AddImage(*image.blobs, descriptor);
  const ReadImageParts read = ReadOneImage(*image.blobs, descriptor, oci::Platform::Host());
  EditedParts edited = edit(read, parts);
  const oci::ImageConfig config = oci::ParseImageConfig(edited.config, "the edited configuration");
  const std::string config_type = edited.manifest.config.media_type;
  edited.manifest.config = parts.AddText(config_type, edited.config);
  oci::Descriptor result =
      parts.AddText(edited.manifest.media_type, oci::Serialize(edited.manifest));
  if (descriptor.platform) result.platform = config.platform;
  result.annotations = descriptor.annotations;
  return result;
}

std::unique_ptr<ByteSource> OpenFileOrInput(const std::string& file) {
  return std::make_unique<FdSource>(OpenFile(file == "-" ? "/dev/stdin" : file, O_RDONLY));
}

}  // namespace

oci::Descriptor EditImage(const OpenedImage& image, const std::optional<oci::Platform>& platform,
                          CombinedSource& parts, const PartsEditor& edit) {
  const oci::ManifestOrIndex document = ReadDocument(*image.blobs, image.root);
  const auto* index = std::get_if<oci::Index>(&document);
  if (index == nullptr) return EditOne(image, image.root, parts, edit);
  if (platform) {
    oci::Descriptor chosen =
        oci::ChoosePlatform(*index, *platform, "index " + image.root.digest.Short());
    chosen.platform.reset();
    return EditOne(image, chosen, parts, edit);
  }
  oci::Index edited = *index;
  edited.manifests.clear();
  for (const oci::Descriptor& child : index->manifests) {
    if (oci::IsImageEntry(child) && oci::IsManifestType(child.media_type)) {
      edited.manifests.push_back(EditOne(image, child, parts, edit));
    }
  }
  return parts.AddText(edited.media_type, oci::Serialize(edited));
}

NewLayer MakeLayer(Wiring& wiring, const std::string& file, const std::string& created_by) {
  return InContext("adding " + file, [&]() -> NewLayer {
    layers::Store& store = wiring.store();
    const auto raw = store.NewBlob();
    Copy(*OpenFileOrInput(file), *raw);
    raw->Finish();
    raw->Publish();
    oci::Descriptor blob = raw->Describe("application/octet-stream");
    std::byte first[16];
    const std::size_t count = store.blobs().Open(blob)->Read(first);
    auto compression = layers::DetectCompression(std::span(first).first(count));
    oci::Digester digester;
    FunctionSink hash([&](std::span<const std::byte> bytes) { digester.Update(bytes); });
    Copy(*layers::Decompress(store.blobs().Open(blob)), hash);
    const oci::DiffId diff_id{digester.Finish()};
    if (compression == oci::Compression::kNone) {
      const auto packed = store.NewBlob();
      const auto compressor = layers::Compress({}, *packed);
      Copy(*store.blobs().Open(blob), *compressor);
      compressor->Finish();
      packed->Publish();
      blob = packed->Describe({});
      compression = oci::Compression::kGzip;
    }
    blob.media_type = oci::LayerType(oci::TypeFamily::kOci, compression);
    return {std::move(blob), diff_id, created_by};
  });
}

void EditTarget::Declare(OptionSet& options) {
  options.Value("-t,--tag", "NAME", "Where the result goes", tag_);
  options.Value("-o,--output", "FILE", "Write an archive instead", output_);
  options.Value("--repo", "NAME", "Push by digest to this repository", repository_);
}

void EditTarget::Write(Wiring& wiring, CombinedSource& parts, const oci::Descriptor& root,
                       const std::optional<ImageLocation>& source) const {
  WriteRequest request{.target = {}, .root = root};
  if (source && source->kind == PlaceKind::kRegistry) {
    request.mount_from = {source->Name().repository()};
  }
  if (output_) {
    request.target = {PlaceKind::kDockerArchive, *output_, tag_.value_or("")};
  } else if (tag_) {
    request.target = ImageLocation::Parse(*tag_);
  } else if (repository_) {
    const oci::Reference name(oci::Reference::Parse(*repository_).repository(), std::nullopt,
                              root.digest);
    request.target = {PlaceKind::kRegistry, {}, name.ToString()};
  } else if (source) {
    request.target = *source;
    // What a digest names is not changed: the result has its own.
    if (source->kind == PlaceKind::kRegistry && source->Name().digest()) {
      const oci::Reference name(source->Name().repository(), std::nullopt, root.digest);
      request.target.image = name.ToString();
    }
  } else {
    throw Error(ErrorKind::kUsage, "where to?").WithHint("name it with `--tag NAME`");
  }
  const oci::Digest digest = WriteImage(wiring, wiring.registry(), parts, request);
  const bool registry = request.target.kind == PlaceKind::kRegistry;
  WriteStandardOutput(registry ? request.target.Name().repository().ToString() + "@" +
                                     digest.ToString() + "\n"
                               : digest.ToString() + "\n");
}

}  // namespace ibuild::cli
