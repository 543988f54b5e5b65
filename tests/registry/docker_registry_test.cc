// Against Debian's docker-registry with TLS and token authentication, and with skopeo as another
// client of the same registry.
#include "tests/fakes/docker_registry.h"

#include <sys/stat.h>

#include "oci/manifest.h"
#include "oci/media_type.h"
#include "registry/auth/login.h"
#include "registry/client/manifests.h"
#include "registry/client/tags.h"
#include "registry/transfer/copy.h"
#include "support/files.h"
#include "support/process.h"
#include "tests/registry/transfer_fixture.h"

namespace ibuild::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RealRegistry : public ::testing::Test {
 protected:
  RegistrySettings Settings() {
    RegistrySettings settings;
    settings.certificate_directories = {"/nonexistent"};
    settings.ca_files = {registry_.authority()};
    settings.credentials.login_file = files_.path() / "home/config.json";
    settings.credentials.files = {settings.credentials.login_file};
    return settings;
  }

  oci::RegistryHost Host() const { return oci::RegistryHost::Parse(registry_.Host()); }
  std::string Name(const std::string& rest) const { return registry_.Host() + "/" + rest; }

  void LogIn(const std::string& user, const std::string& password) {
    RegistryClient client(Settings(), reporter_);
    Login({Host(), user, Secret(password)}, client);
  }

  PushReceipt PushImage(const std::string& name) {
    RegistryClient client(Settings(), reporter_);
    return PushSample(image_, client, name);
  }

  ProcessResult Skopeo(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"skopeo", "--tmpdir", files_.path()});
    std::vector<std::string> environment = {"PATH=/usr/bin:/bin", "HOME=" + files_.path().string()};
    return RunProcess({.argv = arguments, .environment = environment});
  }

  static fakes::IssuerSettings Users() {
    fakes::IssuerSettings settings;
    settings.users = {{"beginner", "open: sesame"}, {"other", "x"}};
    settings.public_pull = true;
    settings.push_own_only = true;
    return settings;
  }

  static std::string ImageLayer() {
    // A tar of nothing: two zero blocks. skopeo looks into layers when it converts.
    return std::string(1024, '\0');
  }

  TempDir files_{std::filesystem::temp_directory_path(), "ibuild-registry-"};
  TempDir registry_files_{std::filesystem::temp_directory_path(), "ibuild-registry-"};
  fakes::DockerRegistry registry_{registry_files_.path(), Users()};
  fakes::SampleImage image_ = fakes::MakeSampleImage({ImageLayer(), Noise(2'000'000)});
  RecordingReporter reporter_;
};

TEST_F(RealRegistry, PushAndPull) {
  LogIn("beginner", "open: sesame");
  const PushReceipt receipt = PushImage(Name("beginner/app:1"));
  EXPECT_EQ(receipt.sent, 3u);
  EXPECT_EQ(receipt.reference.digest(), image_.manifest.digest);
  EXPECT_TRUE(PushImage(Name("beginner/app:1")).unchanged);

  RegistryClient anonymous(Settings(), reporter_);
  fakes::MemoryStore store;
  EXPECT_EQ(PullInto(store, anonymous, Name("beginner/app:1")).manifest.digest,
            image_.manifest.digest);
  EXPECT_EQ(store.size(), image_.bytes.size());
  RegistryClient client(Settings(), reporter_);
  const auto repository = oci::Reference::Parse(Name("beginner/app")).repository();
  EXPECT_THAT(ListTags(client.Open(repository, Access::kPull)), ElementsAre("1"));
}

TEST_F(RealRegistry, LoginWritesAPrivateFileAndRefusesWrongPasswords) {
  LogIn("beginner", "open: sesame");
  struct stat info {};
  ASSERT_EQ(stat((files_.path() / "home/config.json").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  const std::string before = ReadFile(files_.path() / "home/config.json");
  const Error error = ErrorOf([&] { LogIn("beginner", "wrong"); });
  EXPECT_EQ(error.kind(), ErrorKind::kUnauthorized);
  EXPECT_THAT(error.what(), HasSubstr("incorrect username or password"));
  EXPECT_EQ(ReadFile(files_.path() / "home/config.json"), before);
}

TEST_F(RealRegistry, DeniedPushSaysWhatToDo) {
  const Error anonymous = ErrorOf([&] { PushImage(Name("beginner/app:1")); });
  EXPECT_EQ(anonymous.kind(), ErrorKind::kUnauthorized);
  EXPECT_THAT(anonymous.hint(), HasSubstr("ibuild login " + registry_.Host()));
  LogIn("beginner", "open: sesame");
  const Error elsewhere = ErrorOf([&] { PushImage(Name("other/app:1")); });
  EXPECT_THAT(elsewhere.hint(), HasSubstr(registry_.Host() + "/beginner/app"));
}

TEST_F(RealRegistry, UnknownAuthorityIsAnErrorWithAHint) {
  RegistrySettings settings = Settings();
  settings.ca_files.clear();
  RegistryClient client(settings, reporter_);
  fakes::MemoryStore store;
  const Error error = ErrorOf([&] { PullInto(store, client, Name("a/b:1")); });
  EXPECT_THAT(error.what(), HasSubstr("certificate"));
  EXPECT_THAT(error.hint(), HasSubstr("certs.d/" + registry_.Host() + "/ca.crt"));
}

// The builder enters a user namespace after it has fetched a base image, which the kernel allows a
// process with a single thread only.
TEST_F(RealRegistry, PullingLeavesNoThreadBehind) {
  LogIn("beginner", "open: sesame");
  PushImage(Name("beginner/app:1"));
  const auto threads = [] {
    const std::filesystem::directory_iterator tasks("/proc/self/task");
    return std::distance(begin(tasks), end(tasks));
  };
  // Connections of the token server in this process have threads of their own; they are made here.
  RegistryClient client(Settings(), reporter_);
  fakes::MemoryStore first;
  PullInto(first, client, Name("beginner/app:1"));
  const auto before = threads();
  fakes::MemoryStore second;
  PullInto(second, client, Name("beginner/app:1"));
  EXPECT_EQ(threads(), before);
}

TEST_F(RealRegistry, CopyWithinTheRegistryMounts) {
  LogIn("beginner", "open: sesame");
  PushImage(Name("beginner/app:1"));
  RegistryClient client(Settings(), reporter_);
  const PushReceipt receipt = CopyImage({oci::Reference::Parse(Name("beginner/app:1")),
                                         oci::Reference::Parse(Name("beginner/copy:2"))},
                                        client, client, reporter_);
  EXPECT_EQ(receipt.mounted, 1u);
  EXPECT_EQ(receipt.root.digest, image_.manifest.digest);
}

TEST_F(RealRegistry, DeletedManifestIsGone) {
  LogIn("beginner", "open: sesame");
  PushImage(Name("beginner/app:1"));
  RegistryClient client(Settings(), reporter_);
  const auto repository = oci::Reference::Parse(Name("beginner/app")).repository();
  EXPECT_TRUE(
      ManifestClient(client.Open(repository, Access::kDelete)).Delete(image_.manifest.digest));
  const ManifestClient manifests(client.Open(repository, Access::kPull));
  EXPECT_EQ(manifests.Head(image_.manifest.digest.ToString()).presence, Presence::kMissing);
}

TEST_F(RealRegistry, SkopeoReadsWhatWePushAndWeReadWhatSkopeoPushes) {
  LogIn("beginner", "open: sesame");
  PushImage(Name("beginner/app:1"));
  const std::filesystem::path trust = files_.path() / "trust";
  MakeDirectories(trust);
  std::filesystem::copy_file(registry_.authority(), trust / "ca.crt");
  const std::string layout = "oci:" + (files_.path() / "layout").string() + ":x";
  const ProcessResult out =
      Skopeo({"copy", "--src-cert-dir", trust, "docker://" + Name("beginner/app:1"), layout});
  EXPECT_TRUE(out.status.Success()) << out.errors;
  const ProcessResult in =
      Skopeo({"copy", "--dest-cert-dir", trust, "--dest-creds", "beginner:open: sesame", "--format",
              "v2s2", layout, "docker://" + Name("beginner/skopeo:1")});
  ASSERT_TRUE(in.status.Success()) << in.errors;
  RegistryClient client(Settings(), reporter_);
  fakes::MemoryStore store;
  const PulledImage pulled = PullInto(store, client, Name("beginner/skopeo:1"));
  EXPECT_EQ(pulled.root.media_type, oci::kDockerManifest);
  const auto document =
      oci::ParseManifest(store.Bytes(pulled.root.digest), oci::kDockerManifest, "pulled");
  EXPECT_EQ(std::get<oci::Manifest>(document).layers.size(), 2u);
}

}  // namespace
}  // namespace ibuild::registry
