#include "builder/solve/image_catalog.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <map>

#include "tests/expect_error.h"

namespace ibuild::builder {
namespace {

// Answers when as many questions as it waits for are open at once.
class MeetingResolver final : public oci::ImageResolver {
 public:
  explicit MeetingResolver(int together) : together_(together) {}

  oci::ResolvedImage Resolve(const oci::Reference& reference, const oci::Platform&,
                             oci::PullPolicy) override {
    std::unique_lock lock(mutex_);
    ++asked_[reference.Familiar()];
    ++open_;
    changed_.notify_all();
    const bool met =
        changed_.wait_for(lock, std::chrono::seconds(20), [this] { return open_ >= together_; });
    if (!met) throw Error(ErrorKind::kInternal, "nobody else came");
    if (reference.Familiar() == "missing:1") throw Error(ErrorKind::kNotFound, "manifest unknown");
    return {.manifest = oci::DescriptorOf("manifest", reference.Familiar()),
            .content = {.media_type = {},
                        .artifact_type = {},
                        .config = oci::DescriptorOf("config", ""),
                        .layers = {},
                        .subject = {},
                        .annotations = {}},
            .config = {},
            .config_text = {}};
  }
  void FetchLayers(const oci::Reference&, const oci::ResolvedImage&, std::stop_token) override {}

  int asked(const std::string& name) { return asked_[name]; }

 private:
  const int together_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int open_ = 0;
  std::map<std::string, int> asked_;
};

const oci::Platform kPlatform = oci::Platform::Parse("linux/amd64");
oci::Reference Name(const char* text) { return oci::Reference::Parse(text); }

TEST(ImageCatalog, ExpectedImagesAreLookedForSideBySideAndOnce) {
  MeetingResolver resolver(3);
  ImageCatalog catalog(resolver, oci::PullPolicy::kMissing);
  catalog.Expect({{Name("a:1"), kPlatform}, {Name("b:1"), kPlatform}, {Name("c:1"), kPlatform}});
  EXPECT_EQ(catalog.Get(Name("b:1"), kPlatform).manifest.digest, oci::Digest::OfText("b:1"));
  const auto* first = &catalog.Get(Name("a:1"), kPlatform);
  catalog.EndThreads();
  EXPECT_EQ(&catalog.Get(Name("a:1"), kPlatform), first);
  for (const char* name : {"a:1", "b:1", "c:1"}) EXPECT_EQ(resolver.asked(name), 1) << name;
}

TEST(ImageCatalog, AnErrorBelongsToWhoWantsTheImage) {
  MeetingResolver resolver(2);
  ImageCatalog catalog(resolver, oci::PullPolicy::kMissing);
  catalog.Expect({{Name("a:1"), kPlatform}, {Name("missing:1"), kPlatform}});
  EXPECT_NO_THROW(catalog.Get(Name("a:1"), kPlatform));
  for (int i = 0; i < 2; ++i) {
    ExpectError(ErrorKind::kNotFound, "resolving image missing:1: manifest unknown",
                [&] { catalog.Get(Name("missing:1"), kPlatform); });
  }
  EXPECT_EQ(resolver.asked("missing:1"), 1);
}

TEST(ImageCatalog, OneImageNeedsNoThread) {
  MeetingResolver resolver(1);
  ImageCatalog catalog(resolver, oci::PullPolicy::kMissing);
  catalog.Expect({{Name("a:1"), kPlatform}});
  EXPECT_EQ(resolver.asked("a:1"), 0);
  catalog.Get(Name("a:1"), kPlatform);
  EXPECT_EQ(resolver.asked("a:1"), 1);
}

}  // namespace
}  // namespace ibuild::builder
