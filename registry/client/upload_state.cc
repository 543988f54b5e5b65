#include "registry/client/upload_state.h"

#include "support/text.h"

namespace ibuild::registry {
namespace {

bool IsTransient(int status) {
  HttpResponse response(Url::Parse("http://localhost/"));
  response.status = status;
  return Classify(response) != AnswerClass::kFinal;
}

bool IsOrBelow(std::string_view host, std::string_view domain) {
  if (!host.ends_with(domain)) return false;
  return host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.';
}

}  // namespace

bool MayTakePieces(std::string_view host) {
  host = host.substr(0, host.rfind(':'));
  for (const char* domain : {"ghcr.io", "amazonaws.com", "amazonaws.com.cn", "public.ecr.aws",
                             "gcr.io", "pkg.dev", "quay.io"}) {
    if (IsOrBelow(host, domain)) return false;
  }
  return true;
}

std::optional<UploadMode> SimplerMode(UploadMode mode) {
  switch (mode) {
    case UploadMode::kWholePut:
      return UploadMode::kWholePatch;
    case UploadMode::kWholePatch:
      return UploadMode::kChunks;
    case UploadMode::kChunks:
      return std::nullopt;
  }
  return std::nullopt;
}

UploadMove NextMove(UploadStep step, UploadMode mode, int status) {
  const bool ok = status >= 200 && status < 300;
  if (ok && step == UploadStep::kPatch) return UploadMove::kGoOn;
  if (status == 201) return UploadMove::kDone;
  if (ok) return UploadMove::kCheckBlob;
  if (IsTransient(status) || status == 416) return UploadMove::kAskStatus;
  // 401 has been answered as well as we can; 403 and 413 do not depend on the way of sending.
  const bool about_the_way = status == 400 || status == 404 || status == 405 || status == 411 ||
                             status == 415 || status == 501;
  return about_the_way && SimplerMode(mode) ? UploadMove::kSimplerMode : UploadMove::kFail;
}

std::optional<std::uint64_t> BytesHeld(std::string_view range) {
  range = Trim(range);
  if (range.starts_with("bytes=")) range.remove_prefix(6);
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos || range.substr(0, dash) != "0") return std::nullopt;
  const auto last = ParseUnsigned(range.substr(dash + 1));
  if (!last) return std::nullopt;
  return *last == 0 ? 0 : *last + 1;
}

}  // namespace ibuild::registry
