#include "cli/building/output_spec.h"

#include <fmt/format.h>

#include "cli/building/annotation_option.h"
#include "cli/building/fields.h"
#include "cli/compression.h"
#include "oci/reference.h"
#include "support/error.h"
#include "support/suggest.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

const std::vector<std::string>& KnownTypes() {
  static const std::vector<std::string> types = {"local", "tar",      "oci",      "docker",
                                                 "image", "registry", "cacheonly"};
  return types;
}

const std::vector<std::string>& KnownKeys() {
  static const std::vector<std::string> keys = {"type",
                                                "dest",
                                                "tar",
                                                "name",
                                                "push",
                                                "push-by-digest",
                                                "name-canonical",
                                                "registry.insecure",
                                                "compression",
                                                "compression-level",
                                                "force-compression",
                                                "oci-mediatypes",
                                                "platform-split",
                                                "rewrite-timestamp",
                                                "annotation.KEY",
                                                "annotation-index.KEY",
                                                "annotation-index-descriptor.KEY",
                                                "annotation-manifest-descriptor.KEY"};
  return keys;
}

OutputType ParseType(const std::string& text) {
  if (text == "local") return OutputType::kLocal;
  if (text == "tar") return OutputType::kTar;
  if (text == "oci") return OutputType::kOci;
  if (text == "docker") return OutputType::kDocker;
  if (text == "image") return OutputType::kStore;
  if (text == "registry") return OutputType::kRegistry;
  if (text == "cacheonly") return OutputType::kCacheOnly;
  Error error(ErrorKind::kUsage, fmt::format("there is no output type {}", Quote(text)));
  const auto nearest = ClosestMatch(text, KnownTypes());
  throw error.AddHint(nearest ? fmt::format("did you mean `{}`?", *nearest)
                              : fmt::format("known types: {}", Join(KnownTypes(), ", ")));
}

void AddNames(OutputSpec& output, const std::string& text) {
  for (const std::string_view name : Split(text, ',')) {
    oci::Reference::Parse(name);
    output.names.emplace_back(name);
  }
}

// True when the field was one about the form of manifests and layers.
bool ApplyExportField(layers::ExportOptions& options, const Field& field) {
  if (field.key == "compression") {
    options.compression.compression = ParseCompression(field.value);
  } else if (field.key == "compression-level") {
    options.compression.level = ParseCompressionLevel(field.value);
  } else if (field.key == "force-compression") {
    options.force_compression = FieldAsBool(field);
  } else if (field.key == "oci-mediatypes") {
    options.types = FieldAsBool(field) ? oci::TypeFamily::kOci : oci::TypeFamily::kDocker;
  } else {
    return false;
  }
  return true;
}

bool ApplyPushField(OutputSpec& output, const Field& field) {
  if (field.key == "name") {
    AddNames(output, field.value);
  } else if (field.key == "push") {
    output.push = FieldAsBool(field);
  } else if (field.key == "push-by-digest") {
    output.push_by_digest = FieldAsBool(field);
  } else if (field.key == "name-canonical") {
    FieldAsBool(field);  // the store knows an image by its digest whatever is said
  } else if (field.key == "registry.insecure") {
    output.insecure = FieldAsBool(field);
  } else {
    return false;
  }
  return true;
}

void ApplyField(OutputSpec& output, const Field& field) {
  if (field.key == "type") {
    output.type = ParseType(field.value);
  } else if (field.key == "dest") {
    output.destination = field.value;
  } else if (field.key == "tar") {
    output.archive = FieldAsBool(field);
  } else if (field.key == "platform-split") {
    output.platform_split = FieldAsBool(field);
  } else if (field.key == "rewrite-timestamp") {
    output.rewrite_timestamp = FieldAsBool(field);
  } else if (auto annotation = ParseAnnotationField(field)) {
    output.options.annotations.push_back(*std::move(annotation));
  } else if (ApplyExportField(output.options, field)) {
    output.compresses |= field.key != "oci-mediatypes";
  } else if (!ApplyPushField(output, field)) {
    ThrowUnknownField(field, KnownKeys());
  }
}

// Where nothing is said, standard output; but a directory has to be named.
void CompleteDestination(OutputSpec& output) {
  const bool directory = output.type == OutputType::kLocal || !output.archive;
  if (directory && output.destination.empty()) {
    throw Error(ErrorKind::kUsage, "the output needs a directory").WithHint("add `,dest=DIR`");
  }
  if (directory && output.destination == "-") {
    throw Error(ErrorKind::kUsage, "a directory cannot be written to standard output")
        .WithHint("`type=tar,dest=-` writes the same files as a tar");
  }
  const bool stream = output.type == OutputType::kTar || output.type == OutputType::kOci;
  if (stream && output.destination.empty()) output.destination = "-";
}

void Check(OutputSpec& output) {
  CompleteDestination(output);
  if (output.type == OutputType::kDocker) {
    if (output.destination.empty()) {
      output.type = OutputType::kStore;
    } else {
      output.options.types = oci::TypeFamily::kDocker;
    }
  }
  if (output.type == OutputType::kRegistry) output.push = true;
  if (output.push && output.type != OutputType::kRegistry && output.type != OutputType::kStore) {
    throw Error(ErrorKind::kUsage, "only an output of type image or registry can be pushed");
  }
  if (output.push_by_digest && !output.push) {
    throw Error(ErrorKind::kUsage, "push-by-digest needs push=true, or type=registry");
  }
}

}  // namespace

OutputSpec ParseOutput(std::string_view text) {
  OutputSpec output;
  if (text == "-") {
    output.type = OutputType::kTar;
    output.destination = "-";
    return output;
  }
  const std::vector<Field> fields = ParseFields(text);
  if (fields.size() == 1 && fields[0].key != "type") {
    output.type = OutputType::kLocal;
    output.destination = text;
    return output;
  }
  if (std::none_of(fields.begin(), fields.end(),
                   [](const Field& field) { return field.key == "type"; })) {
    throw Error(ErrorKind::kUsage, "the output has no type").WithHint("add `type=oci`");
  }
  for (const Field& field : fields) ApplyField(output, field);
  Check(output);
  return output;
}

}  // namespace ibuild::cli
