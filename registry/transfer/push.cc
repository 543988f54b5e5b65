#include "registry/transfer/push.h"

#include <fmt/format.h>

#include <atomic>
#include <deque>
#include <mutex>

#include "registry/client/blob_upload.h"
#include "registry/client/blobs.h"
#include "registry/client/error_response.h"
#include "registry/client/manifests.h"
#include "registry/client/referrers.h"
#include "registry/transfer/push_plan.h"
#include "support/error.h"
#include "support/task_pool.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

// The first repository of the target's registry, other than the target.
std::vector<oci::Repository> MountCandidates(const PushRequest& request) {
  for (const oci::Repository& repository : request.mount_from) {
    if (repository.host == request.target.repository().host &&
        repository.path != request.target.repository().path) {
      return {repository};
    }
  }
  return {};
}

std::optional<oci::Descriptor> SubjectOf(const oci::ManifestOrIndex& document) {
  return std::visit([](const auto& parsed) { return parsed.subject; }, document);
}

// As a list of referrers names it: with what it is and its annotations.
oci::Descriptor ReferrerOf(const oci::Descriptor& stored, const oci::ManifestOrIndex& document) {
  oci::Descriptor entry{.media_type = stored.media_type, .digest = stored.digest};
  entry.size = stored.size;
  if (const auto* manifest = std::get_if<oci::Manifest>(&document)) {
    entry.artifact_type =
        manifest->artifact_type.empty() ? manifest->config.media_type : manifest->artifact_type;
    entry.annotations = manifest->annotations;
  } else {
    entry.artifact_type = std::get<oci::Index>(document).artifact_type;
    entry.annotations = std::get<oci::Index>(document).annotations;
  }
  return entry;
}

class Pusher {
 public:
  Pusher(const PushRequest& request, oci::BlobSource& source, RegistryClient& client,
         Reporter& reporter)
      : request_(request),
        source_(source),
        reporter_(reporter),
        jobs_(client.settings().jobs),
        mount_from_(MountCandidates(request)),
        access_(client.Open(request.target.repository(), Access::kPush, mount_from_)) {
    access_.stop = request.stop;
  }

  // Everything but the names.
  void Send() {
    graph_ = ReadImageGraph(source_, request_.root);
    CheckTarget();
    const PushSurvey survey = Survey();
    plan_ = PlanPush(graph_, survey, Intent());
    reporter_.Log(LogLevel::kDebug, "push plan:\n" + Dump(plan_, graph_));
    ReportExisting();
    UploadBlobs();
    PutDocuments();
  }

  PushReceipt Name() {
    const ManifestClient manifests(access_);
    for (const std::string& selector : plan_.root_selectors) {
      manifests.Put(selector, graph_.root().descriptor, graph_.root().bytes);
    }
    if (!plan_.root_selectors.empty()) RecordSubjects();
    return Receipt();
  }

  // Once sent: what another image need not ask for, or can be given.
  void LendTo(PushRequest& other) const {
    const oci::Repository& mine = request_.target.repository();
    if (other.target.repository() == mine) {
      for (const oci::Descriptor& blob : plan_.existing) other.known_there.insert(blob.digest);
      for (const PlannedUpload& sent : plan_.uploads) other.known_there.insert(sent.blob.digest);
    } else if (other.target.repository().host == mine.host) {
      other.mount_from.insert(other.mount_from.begin(), mine);
    }
  }

 private:
  PushIntent Intent() const {
    PushIntent intent;
    if (!request_.target.digest() && request_.target.tag()) {
      intent.tags.push_back(*request_.target.tag());
    }
    intent.tags.insert(intent.tags.end(), request_.more_tags.begin(), request_.more_tags.end());
    if (!mount_from_.empty()) intent.mount_from = mount_from_.front().path;
    intent.foreign_layers = request_.foreign_layers;
    return intent;
  }

  void CheckTarget() const {
    const auto& digest = request_.target.digest();
    if (!digest || *digest == graph_.root().descriptor.digest) return;
    throw Error(ErrorKind::kUsage,
                fmt::format("the image is {}, not {}", graph_.root().descriptor.digest.ToString(),
                            digest->ToString()));
  }

  PushSurvey Survey() {
    PushSurvey survey;
    const ManifestClient manifests(access_);
    for (const std::string& tag : Intent().tags) {
      const ManifestHead head = manifests.Head(tag);
      if (head.digest == graph_.root().descriptor.digest) survey.current_tags.insert(tag);
    }
    if (survey.current_tags.empty()) SurveyBlobs(survey);
    return survey;
  }

  void SurveyBlobs(PushSurvey& survey) {
    std::mutex mutex;
    const BlobClient blobs(access_);
    TaskPool pool(jobs_, request_.stop);
    survey.present = request_.known_there;
    for (const oci::Descriptor& blob : graph_.blobs) {
      if (request_.known_there.contains(blob.digest)) continue;
      pool.Submit([&](std::stop_token) {
        if (blobs.Head(blob.digest) != Presence::kPresent) return;
        const std::lock_guard lock(mutex);
        survey.present.insert(blob.digest);
      });
    }
    pool.Wait();
  }

  void ReportExisting() {
    for (const oci::Descriptor& blob : plan_.existing) {
      Activity(reporter_, Title(blob)).Cached("already there");
    }
    for (const oci::Descriptor& blob : plan_.left_out) {
      Activity(reporter_, Title(blob)).Cached("not ours to distribute, left out");
    }
  }

  static std::string Title(const oci::Descriptor& blob) {
    return fmt::format("push {} ({})", blob.digest.Short(), FormatByteSize(blob.size));
  }

  void UploadBlobs() {
    TaskPool pool(jobs_, request_.stop);
    for (const PlannedUpload& upload : plan_.uploads) {
      pool.Submit([this, &upload](std::stop_token stop) { UploadOne(upload, stop); });
    }
    pool.Wait();
  }

  void UploadOne(const PlannedUpload& planned, std::stop_token stop) {
    const oci::Descriptor& blob = planned.blob;
    Activity activity(reporter_, Title(blob));
    RepositoryAccess access = access_;
    access.stop = std::move(stop);
    const BlobUpload upload{blob, [&] { return source_.Open(blob); }, planned.mount_from,
                            [&](std::uint64_t sent) { activity.Advance(sent, blob.size); }};
    if (Send(access, upload, activity) == UploadOutcome::kMounted) {
      ++mounted_;
      return activity.Done("mounted from " + planned.mount_from);
    }
    ++sent_;
    sent_bytes_ += blob.size;
    activity.Done();
  }

  // Stopped because something else failed, or by the user, is not this blob's failure.
  static UploadOutcome Send(const RepositoryAccess& access, const BlobUpload& upload,
                            Activity& activity) {
    try {
      return UploadBlob(access, upload);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kCancelled) activity.Cancelled();
      throw;
    }
  }

  void PutDocuments() {
    const ManifestClient manifests(access_);
    for (const std::size_t place : plan_.documents) {
      const GraphDocument& document = graph_.documents[place];
      manifests.Put(document.descriptor.digest.ToString(), document.descriptor, document.bytes);
    }
  }

  // What is about another image is found from that one, also where the registry keeps no list.
  void RecordSubjects() const {
    for (const GraphDocument& document : graph_.documents) {
      if (document.bytes.find("\"subject\"") == std::string::npos) continue;
      const oci::ManifestOrIndex parsed = oci::ParseManifest(
          document.bytes, document.descriptor.media_type, document.descriptor.digest.ToString());
      if (const auto subject = SubjectOf(parsed)) {
        RecordReferrer(access_, subject->digest, ReferrerOf(document.descriptor, parsed));
      }
    }
  }

  PushReceipt Receipt() const {
    PushReceipt receipt{request_.target.WithDigest(graph_.root().descriptor.digest),
                        graph_.root().descriptor};
    receipt.sent = sent_;
    receipt.mounted = mounted_;
    receipt.existed = plan_.existing.size();
    receipt.sent_bytes = sent_bytes_;
    receipt.unchanged = plan_.root_selectors.empty();
    return receipt;
  }

  const PushRequest& request_;
  oci::BlobSource& source_;
  Reporter& reporter_;
  std::size_t jobs_;
  std::vector<oci::Repository> mount_from_;
  RepositoryAccess access_;
  ImageGraph graph_;
  PushPlan plan_;
  std::atomic<std::size_t> sent_ = 0;
  std::atomic<std::size_t> mounted_ = 0;
  std::atomic<std::uint64_t> sent_bytes_ = 0;
};

}  // namespace

// The session that is opened for it is given up again.
void CheckMayPush(const oci::Repository& target, RegistryClient& client, std::stop_token stop) {
  RepositoryAccess access = client.Open(target, Access::kPush);
  access.stop = std::move(stop);
  HttpResponse response =
      access.transport->Send(access.Request(Method::kPost, access.endpoints.StartUpload()));
  const bool denied = response.status == 401 || response.status == 403;
  if (denied) throw ErrorFromResponse(response, access, "pushing to " + target.ToString());
  const auto location = response.headers.Get("Location");
  if (response.status != 202 || !location) return;  // the push itself will tell
  const Url session = Endpoints::UploadLocation(response.url, *location);
  HttpRequest cancel = access.Request(Method::kDelete, session);
  cancel.peers = CheckServerChoice(response.url, response.peer, session, "upload location");
  cancel.retry = RetryRule::kNever;
  try {
    access.transport->Send(cancel);
  } catch (const NetworkError&) {
    // Registries forget sessions that nobody goes on with.
  }
}

PushReceipt Push(const PushRequest& request, oci::BlobSource& source, RegistryClient& client,
                 Reporter& reporter) {
  return InContext(fmt::format("pushing {}", request.target.Familiar()), [&] {
    Pusher pusher(request, source, client, reporter);
    pusher.Send();
    return pusher.Name();
  });
}

std::vector<PushReceipt> PushAll(std::vector<PushRequest> requests, oci::BlobSource& source,
                                 RegistryClient& client, Reporter& reporter) {
  const auto context = [](const PushRequest& request) {
    return fmt::format("pushing {}", request.target.Familiar());
  };
  std::deque<Pusher> pushers;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    InContext(context(requests[i]),
              [&] { pushers.emplace_back(requests[i], source, client, reporter).Send(); });
    for (std::size_t j = i + 1; j < requests.size(); ++j) pushers.back().LendTo(requests[j]);
  }
  std::vector<PushReceipt> receipts;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    InContext(context(requests[i]), [&] { receipts.push_back(pushers[i].Name()); });
  }
  return receipts;
}

}  // namespace ibuild::registry
