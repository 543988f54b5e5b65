// Logging in and out: what is written, where, and what survives.
#include "registry/auth/login.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "registry/auth/auth_file.h"
#include "registry/auth/credential_helper.h"
#include "registry/auth/stored_credentials.h"
#include "support/files.h"
#include "tests/registry/transfer_fixture.h"

namespace ibuild::registry {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class LoginFiles : public ::testing::Test {
 protected:
  RegistrySettings Settings() const {
    RegistrySettings settings = ImpatientSettings();
    settings.credentials.login_file = file_;
    settings.credentials.files = {file_};
    return settings;
  }

  LoginReceipt LogIn(const std::string& user = "me", const std::string& password = "secret") {
    SilentReporter reporter;
    RegistryClient client(Settings(), reporter);
    return Login({Host(), user, Secret(password)}, client);
  }

  std::optional<Credential> Stored() {
    return StoredCredentials(Settings().credentials).Find(Host(), "any/thing");
  }

  oci::RegistryHost Host() const { return oci::RegistryHost::Parse(registry_.Host()); }

  static mode_t ModeOf(const fs::path& path) {
    struct stat info {};
    EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 0777;
  }

  // A helper program that keeps what it is told in files beside it.
  void InstallHelper(const std::string& name, const std::string& script) {
    const fs::path program = home_.path() / ("docker-credential-" + name);
    WriteFileAtomically(program, "#!/bin/sh\n" + script, 0755);
    path_ = home_.path().string() + ":/usr/bin:/bin";
    setenv("PATH", path_.c_str(), 1);
  }

  void TearDown() override { setenv("PATH", old_path_.c_str(), 1); }

  TempDir home_{fs::temp_directory_path(), "ibuild-login-"};
  fs::path file_ = home_.path() / "docker" / "config.json";
  fakes::InProcessRegistry registry_{
      {.auth = fakes::AuthKind::kBasic, .users = {{"me", "secret"}}}};
  std::string old_path_ = getenv("PATH");
  std::string path_;
};

TEST_F(LoginFiles, Row24FileIsPrivateUnderAnyUmask) {
  const mode_t old = umask(0);
  const LoginReceipt receipt = LogIn();
  umask(old);
  EXPECT_EQ(receipt.file, file_);
  EXPECT_FALSE(receipt.replaced);
  EXPECT_EQ(ModeOf(file_), 0600u);
  EXPECT_EQ(ModeOf(file_.parent_path()), 0700u);
  EXPECT_EQ(Stored()->password.Reveal(), "secret");
  EXPECT_TRUE(LogIn().replaced);
}

TEST_F(LoginFiles, RefusedLoginWritesNothing) {
  EXPECT_EQ(ErrorOf([&] { LogIn("me", "wrong"); }).kind(), ErrorKind::kUnauthorized);
  EXPECT_FALSE(fs::exists(file_));
}

TEST_F(LoginFiles, NamesWithColonsOrLineBreaksAreRefused) {
  for (const char* user : {"a:b", "a\nb", ""}) {
    EXPECT_EQ(ErrorOf([&] { LogIn(user, "x"); }).kind(), ErrorKind::kUsage) << user;
  }
}

TEST_F(LoginFiles, OtherContentSurvives) {
  MakeDirectories(file_.parent_path());
  WriteFileAtomically(file_,
                      R"({"detachKeys":"ctrl-x","auths":{"other.example":{"auth":"eDp5"}}})");
  LogIn();
  const std::string text = ReadFile(file_);
  EXPECT_THAT(text, HasSubstr("detachKeys"));
  EXPECT_THAT(text, HasSubstr("other.example"));
}

TEST_F(LoginFiles, MalformedFileIsNamedAndLeftAlone) {
  MakeDirectories(file_.parent_path());
  WriteFileAtomically(file_, "{broken");
  EXPECT_THAT(ErrorOf([&] { LogIn(); }).what(), HasSubstr(file_.string()));
  EXPECT_EQ(ReadFile(file_), "{broken");
}

TEST_F(LoginFiles, SymbolicLinkIsKeptAndItsTargetReplaced) {
  const fs::path target = home_.path() / "dotfiles" / "config.json";
  MakeDirectories(target.parent_path());
  MakeDirectories(file_.parent_path());
  WriteFileAtomically(target, "{}");
  fs::create_symlink(target, file_);
  LogIn();
  EXPECT_TRUE(fs::is_symlink(file_));
  EXPECT_THAT(ReadFile(target), HasSubstr(registry_.Host()));
}

TEST_F(LoginFiles, LogoutRemovesTheEntryOnce) {
  LogIn();
  EXPECT_TRUE(Logout(Host(), Settings().credentials).removed);
  EXPECT_FALSE(Stored());
  EXPECT_FALSE(Logout(Host(), Settings().credentials).removed);
}

TEST_F(LoginFiles, HelperKeepsTheSecretAndTheFileNone) {
  InstallHelper("test", "cat > \"" + (home_.path() / "given").string() + "\"\n");
  MakeDirectories(file_.parent_path());
  WriteFileAtomically(file_, R"({"credsStore":"test"})");
  EXPECT_EQ(LogIn().helper, "test");
  EXPECT_THAT(ReadFile(file_), Not(HasSubstr("\"auth\"")));
  const std::string given = ReadFile(home_.path() / "given");
  EXPECT_THAT(given, HasSubstr("\"Secret\":\"secret\""));
  EXPECT_THAT(given, HasSubstr(registry_.Host()));
}

TEST_F(LoginFiles, HelperIsAskedForTheHost) {
  InstallHelper(
      "test",
      "[ \"$1\" = get ] && server=$(cat) && "
      "printf '{\"ServerURL\":\"%s\",\"Username\":\"me\",\"Secret\":\"secret\"}' $server\n");
  MakeDirectories(file_.parent_path());
  WriteFileAtomically(file_, R"({"credsStore":"test"})");
  const auto credential = Stored();
  ASSERT_TRUE(credential);
  EXPECT_EQ(credential->password.Reveal(), "secret");
  EXPECT_EQ(credential->source, "docker-credential-test");
}

TEST_F(LoginFiles, Row25HelperIsNotGivenOtherPasswords) {
  InstallHelper("test",
                "[ -z \"$DOCKER_AUTH_CONFIG\" ] && printf "
                "'{\"ServerURL\":\"x\",\"Username\":\"me\",\"Secret\":\"secret\"}'\n");
  setenv("DOCKER_AUTH_CONFIG", R"({"auths":{}})", 1);
  EXPECT_TRUE(CredentialHelper("test").Get("r.example"));
  unsetenv("DOCKER_AUTH_CONFIG");
}

TEST_F(LoginFiles, HelperThatKnowsNothingMeansAnonymous) {
  InstallHelper("test", "echo 'credentials not found in native keychain'; exit 1\n");
  EXPECT_EQ(CredentialHelper("test").Get("r.example"), std::nullopt);
  EXPECT_FALSE(CredentialHelper("test").Erase("r.example"));
}

TEST_F(LoginFiles, HelperThatFailsIsQuotedWithoutEscapes) {
  InstallHelper("test", "printf 'keyring \\033[31mlocked'; exit 2\n");
  const Error error = ErrorOf([&] { CredentialHelper("test").Get("r.example"); });
  EXPECT_THAT(error.what(), HasSubstr("docker-credential-test"));
  EXPECT_THAT(error.what(), HasSubstr("locked"));
  EXPECT_THAT(error.what(), Not(HasSubstr("\x1b")));
}

TEST_F(LoginFiles, TokenUserMeansIdentityToken) {
  InstallHelper("test", "printf '{\"Username\":\"<token>\",\"Secret\":\"refresh\"}'\n");
  const auto credential = CredentialHelper("test").Get("r.example");
  EXPECT_EQ(credential->identity_token.Reveal(), "refresh");
  EXPECT_TRUE(credential->password.empty());
}

TEST_F(LoginFiles, MissingHelperIsNamed) {
  const Error error = ErrorOf([&] { CredentialHelper("not-there").Get("r.example"); });
  EXPECT_THAT(error.what(), HasSubstr("docker-credential-not-there"));
}

TEST_F(LoginFiles, TheFirstFileWithAMatchWins) {
  const fs::path first = home_.path() / "first.json";
  const fs::path second = home_.path() / "second.json";
  WriteFileAtomically(first, R"({"auths":{"other.example":{"auth":"eDp5"}}})");
  WriteFileAtomically(second, R"({"auths":{"r.example":{"auth":"YTpi"}}})");
  CredentialSettings settings;
  settings.files = {first, home_.path() / "missing.json", second};
  settings.inline_config = R"({"auths":{"r.example":{"auth":"aW46bGluZQ=="}}})";
  settings.files_before_inline = 3;
  const auto host = oci::RegistryHost::Parse("r.example");
  EXPECT_EQ(StoredCredentials(settings).Find(host, "")->username, "a");
  settings.files_before_inline = 1;
  EXPECT_EQ(StoredCredentials(settings).Find(host, "")->username, "in");
  settings.anonymous = true;
  EXPECT_FALSE(StoredCredentials(settings).Find(host, ""));
}

TEST_F(LoginFiles, EnvironmentDecidesTheOrder) {
  setenv("DOCKER_CONFIG", "/docker-config", 1);
  setenv("REGISTRY_AUTH_FILE", "/auth-file", 1);
  CredentialSettings settings = CredentialSettingsFromEnvironment("/flag");
  EXPECT_THAT(settings.files,
              ::testing::ElementsAre("/flag", "/auth-file", "/docker-config/config.json"));
  EXPECT_EQ(settings.login_file, "/flag");
  unsetenv("REGISTRY_AUTH_FILE");
  EXPECT_EQ(CredentialSettingsFromEnvironment().login_file, "/docker-config/config.json");
  unsetenv("DOCKER_CONFIG");
  settings = CredentialSettingsFromEnvironment();
  EXPECT_EQ(settings.files.size(), 4u);
  EXPECT_EQ(settings.files.back().filename(), ".dockercfg");
}

}  // namespace
}  // namespace ibuild::registry
