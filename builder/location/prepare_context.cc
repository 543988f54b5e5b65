#include "builder/location/prepare_context.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "builder/copy/unpack_archive.h"
#include "builder/copy/upper_writer.h"
#include "support/error.h"
#include "support/rooted_dir.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDockerfileLimit = 64u << 20;
constexpr const char* kStandardInput = "-";
constexpr const char* kDefaultName = "Dockerfile";
constexpr const char* kOtherName = "Containerfile";  // podman's and buildah's

// ---- Dockerfiles ------------------------------------------------------------------------------

Error NoDockerfile(const std::string& name, const std::string& where) {
  return Error(ErrorKind::kNotFound, fmt::format("failed to read dockerfile: open {}: no such file "
                                                 "or directory",
                                                 name))
      .WithHint(fmt::format("there is no {} in {}; name it with --file", name,
                            where.empty() ? "the current directory" : where));
}

std::string FetchDockerfile(const std::string& url, const ContextTools& tools) {
  std::string text;
  FunctionSink sink([&](std::span<const std::byte> bytes) {
    if (bytes.size() > kDockerfileLimit - text.size()) {
      throw Error(ErrorKind::kResourceExhausted,
                  fmt::format("the Dockerfile has more than {}", FormatByteSize(kDockerfileLimit)));
    }
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  });
  tools.fetch(url, sink);
  return text;
}

// A Dockerfile that belongs to no directory: on standard input or behind a URL.
std::optional<SourceText> ReadLooseDockerfile(const std::optional<std::string>& file,
                                              const ContextTools& tools) {
  if (file == kStandardInput) {
    return SourceText(kDefaultName, InContext("reading the Dockerfile from standard input", [&] {
                        return ReadAll(tools.standard_input, kDockerfileLimit);
                      }));
  }
  const bool is_url = file && (file->starts_with("http://") || file->starts_with("https://"));
  if (!is_url) return std::nullopt;
  return SourceText(kDefaultName, FetchDockerfile(*file, tools));
}

// The Dockerfile of a context that came from elsewhere: links in it stay inside.
SourceText ReadDockerfileInside(const fs::path& directory, const std::optional<std::string>& file,
                                const ContextTools& tools) {
  if (auto loose = ReadLooseDockerfile(file, tools)) return *std::move(loose);
  const RootedDir root = RootedDir::Open(directory.string());
  std::vector<std::string> names = {kDefaultName, "dockerfile", kOtherName};
  if (file) names = {*file};
  for (const std::string& name : names) {
    if (auto fd = root.OpenIfExists(CleanPath::Parse(name), O_RDONLY)) {
      return SourceText(name, ReadAll(fd->get(), kDockerfileLimit));
    }
  }
  throw NoDockerfile(names.front(), "the context");
}

struct LocatedDockerfile {
  SourceText text;
  std::optional<fs::path> path;  // where it is; nothing for one of no directory
};

LocatedDockerfile ReadDockerfileOf(const fs::path& directory,
                                   const std::optional<std::string>& file,
                                   const ContextTools& tools) {
  if (auto loose = ReadLooseDockerfile(file, tools)) return {*std::move(loose), {}};
  std::vector<fs::path> candidates = {directory / kDefaultName, directory / "dockerfile",
                                      directory / kOtherName};
  if (file) candidates = {fs::path(*file)};
  for (const fs::path& path : candidates) {
    if (auto text = ReadFileIfExists(path, kDockerfileLimit)) {
      return {SourceText(path.filename().string(), *std::move(text)), path};
    }
  }
  throw NoDockerfile(candidates.front().filename().string(),
                     file ? candidates.front().parent_path().string() : directory.string());
}

// ---- Directories ------------------------------------------------------------------------------

fs::path CheckedDirectory(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    throw Error(ErrorKind::kNotFound,
                fmt::format("unable to prepare context: path {} not found", Quote(path.string())));
  }
  if (!fs::is_directory(path, error)) {
    throw Error(
        ErrorKind::kInvalidInput,
        fmt::format("unable to prepare context: path {} is not a directory", Quote(path.string())))
        .WithHint("name the directory, and the Dockerfile with --file");
  }
  return path;
}

PreparedContext PrepareDirectory(const fs::path& path, const std::optional<std::string>& file,
                                 const ContextTools& tools) {
  const fs::path directory = CheckedDirectory(path);
  LocatedDockerfile dockerfile = ReadDockerfileOf(directory, file, tools);
  ContextSource source;
  source.directory = directory;
  if (dockerfile.path) {
    // The Dockerfile's own ignore file takes the place of the context's.
    source.ignore_file_text = ReadFileIfExists(dockerfile.path->string() + ".dockerignore");
  }
  return {std::move(source), std::move(dockerfile.text), {}};
}

// ---- Archives and single files ----------------------------------------------------------------

// A stream as a file that can be read from its start, without a name.
UniqueFd Spool(const ContextTools& tools, const std::function<void(ByteSink&)>& produce) {
  UniqueFd file = OpenFile(tools.temporary, O_TMPFILE | O_RDWR, 0600);
  FdSink sink(file.Duplicate());
  produce(sink);
  sink.Finish();
  if (::lseek(file.get(), 0, SEEK_SET) < 0) ThrowErrno("rewind");
  return file;
}

// Lays an archive out, owners and all, the way a layer is. Nothing when `file` is no archive.
std::optional<TempDir> UnpackContext(const UniqueFd& file, const ContextTools& tools) {
  if (tools.become_root) tools.become_root();
  TempDir staging(tools.temporary, "context-");
  const layers::LayeredTree nothing_below({});
  UpperWriter writer(staging.path(), nothing_below);
  if (!UnpackArchive(file, writer, CleanPath(), {.owner = {}, .limit = tools.limit}))
    return std::nullopt;
  writer.Finish();
  return staging;
}

ContextSource SourceAt(const fs::path& directory) {
  ContextSource source;
  source.directory = directory;
  source.apply_ignore_file = false;  // those who made the archive have chosen already
  return source;
}

PreparedContext FromArchive(TempDir staging, const std::optional<std::string>& file,
                            const ContextTools& tools) {
  SourceText dockerfile = ReadDockerfileInside(staging.path(), file, tools);
  ContextSource source = SourceAt(staging.path());
  source.keep_owners = true;
  PreparedContext prepared{std::move(source), std::move(dockerfile), {}};
  prepared.staging.push_back(std::move(staging));
  return prepared;
}

// All of a spooled file, which is a Dockerfile.
std::string ReadFromStart(const UniqueFd& file) {
  if (::lseek(file.get(), 0, SEEK_SET) < 0) ThrowErrno("rewind");
  return ReadAll(file.get(), kDockerfileLimit);
}

UniqueFd SpoolStandardInput(const ContextTools& tools) {
  return InContext("reading the context from standard input", [&] {
    return Spool(tools, [&](ByteSink& sink) {
      UniqueFd input(::fcntl(tools.standard_input, F_DUPFD_CLOEXEC, 3));
      LimitedSource limited(std::make_unique<FdSource>(std::move(input)), tools.limit.ForStream(),
                            "standard input");
      Copy(limited, sink);
    });
  });
}

PreparedContext PrepareStandardInput(const std::optional<std::string>& file,
                                     const ContextTools& tools) {
  if (file == kStandardInput) {
    throw Error(ErrorKind::kUsage,
                "invalid argument: can't use stdin for both build context and dockerfile");
  }
  const UniqueFd spooled = SpoolStandardInput(tools);
  auto staging = InContext("unpacking the context from standard input",
                           [&] { return UnpackContext(spooled, tools); });
  if (staging) return FromArchive(*std::move(staging), file, tools);
  // No archive: the Dockerfile itself, with an empty context.
  SourceText dockerfile(kDefaultName, ReadFromStart(spooled));
  TempDir empty(tools.temporary, "context-");
  PreparedContext prepared{SourceAt(empty.path()), std::move(dockerfile), {}};
  prepared.staging.push_back(std::move(empty));
  return prepared;
}

// One downloaded file, called `context`, in a directory of its own.
TempDir SingleFile(const UniqueFd& file, const ContextTools& tools) {
  TempDir staging(tools.temporary, "context-");
  if (::lseek(file.get(), 0, SEEK_SET) < 0) ThrowErrno("rewind");
  FdSource content(file.Duplicate());
  FdSink sink(OpenFile(staging.path() / "context", O_WRONLY | O_CREAT | O_EXCL, 0600));
  Copy(content, sink);
  sink.Finish();
  return staging;
}

struct DownloadedFile {
  UniqueFd file;
  std::optional<std::int64_t> changed_at;
};

DownloadedFile Download(const std::string& url, const ContextTools& tools) {
  DownloadedFile download;
  download.file =
      Spool(tools, [&](ByteSink& sink) { download.changed_at = tools.fetch(url, sink); });
  return download;
}

// Of the regular files that an archive brought: its own time when the server tells none.
std::optional<std::int64_t> NewestTime(const fs::path& directory) {
  std::optional<std::int64_t> newest;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    struct stat file;
    if (::lstat(entry.path().c_str(), &file) != 0 || !S_ISREG(file.st_mode)) continue;
    newest = std::max<std::int64_t>(newest.value_or(file.st_mtim.tv_sec), file.st_mtim.tv_sec);
  }
  return newest;
}

std::optional<std::int64_t> TimeOf(const DownloadedFile& download, bool is_archive,
                                   const fs::path& unpacked) {
  return download.changed_at || !is_archive ? download.changed_at : NewestTime(unpacked);
}

PreparedContext PrepareUrl(const std::string& url, const std::optional<std::string>& file,
                           const ContextTools& tools) {
  const DownloadedFile download = Download(url, tools);
  if (auto staging = UnpackContext(download.file, tools)) {
    PreparedContext prepared = FromArchive(*std::move(staging), file, tools);
    prepared.context.made_at = TimeOf(download, true, prepared.staging.front().path());
    return prepared;
  }
  TempDir staging = SingleFile(download.file, tools);
  PreparedContext prepared{
      SourceAt(staging.path()), SourceText(kDefaultName, ReadFromStart(download.file)), {}};
  prepared.context.made_at = download.changed_at;
  prepared.staging.push_back(std::move(staging));
  return prepared;
}

// ---- Git --------------------------------------------------------------------------------------

// The directory in the checkout that the address names; a link cannot lead out of it.
fs::path Subdirectory(const fs::path& checkout, const std::string& subdirectory) {
  if (subdirectory.empty()) return checkout;
  const RootedDir root = RootedDir::Open(checkout.string());
  const auto directory = root.OpenIfExists(CleanPath::Parse(subdirectory), O_PATH | O_DIRECTORY);
  if (!directory) {
    throw Error(ErrorKind::kNotFound,
                fmt::format("the repository has no directory {}", Quote(subdirectory)));
  }
  return fs::read_symlink(fmt::format("/proc/self/fd/{}", directory->get()));
}

struct GitContext {
  TempDir staging;
  ContextSource source;
};

GitContext CheckOut(const GitUrl& url, const ContextTools& tools) {
  TempDir staging(tools.temporary, "git-");
  const UnixTime time = InContext("fetching the context " + WithoutCredentials(url.remote), [&] {
    const GitAccess access = tools.git(url.remote);
    return CheckOutGitCommit(url, ResolveGitCommit(url, access), access, staging.path());
  });
  ContextSource source = SourceAt(Subdirectory(staging.path(), url.subdirectory));
  source.made_at = time.seconds;
  return {std::move(staging), std::move(source)};
}

PreparedContext PrepareGit(GitUrl url, const std::optional<std::string>& file,
                           const ContextTools& tools) {
  url.keep_git_dir = url.keep_git_dir || tools.keep_git_dir;
  url.commit_times = url.commit_times || tools.commit_times;
  GitContext git = CheckOut(url, tools);
  SourceText dockerfile = ReadDockerfileInside(git.source.directory, file, tools);
  PreparedContext prepared{std::move(git.source), std::move(dockerfile), {}};
  prepared.staging.push_back(std::move(git.staging));
  return prepared;
}

// ---- Named contexts ---------------------------------------------------------------------------

class NamedContextPreparer {
 public:
  NamedContextPreparer(const ContextTools& tools, std::vector<TempDir>& staging)
      : tools_(tools), staging_(staging) {}

  ContextSource operator()(const DirectoryLocation& location) const {
    ContextSource source;
    source.directory = CheckedDirectory(location.path);
    return source;
  }
  ContextSource operator()(const GitUrl& url) const {
    GitContext git = CheckOut(url, tools_);
    staging_.push_back(std::move(git.staging));
    return std::move(git.source);
  }
  ContextSource operator()(const UrlLocation& location) const {
    const DownloadedFile download = Download(location.url, tools_);
    auto unpacked = UnpackContext(download.file, tools_);
    const bool archive = unpacked.has_value();
    staging_.push_back(archive ? *std::move(unpacked) : SingleFile(download.file, tools_));
    ContextSource source = SourceAt(staging_.back().path());
    source.keep_owners = archive;
    source.made_at = TimeOf(download, archive, staging_.back().path());
    return source;
  }
  ContextSource operator()(const ImageLocation& location) const {
    ContextSource source;
    source.image = location.reference;
    return source;
  }
  ContextSource operator()(const LayoutLocation& location) const {
    ContextSource source;
    source.image = tools_.import_layout(location);
    return source;
  }
  ContextSource operator()(const StandardInputLocation&) const {
    throw Error(ErrorKind::kInternal, "a named context is never standard input");
  }

 private:
  const ContextTools& tools_;
  std::vector<TempDir>& staging_;
};

class MainContextPreparer {
 public:
  MainContextPreparer(const std::optional<std::string>& file, const ContextTools& tools)
      : file_(file), tools_(tools) {}

  PreparedContext operator()(const DirectoryLocation& location) const {
    return PrepareDirectory(location.path, file_, tools_);
  }
  PreparedContext operator()(const StandardInputLocation&) const {
    return PrepareStandardInput(file_, tools_);
  }
  PreparedContext operator()(const GitUrl& url) const { return PrepareGit(url, file_, tools_); }
  PreparedContext operator()(const UrlLocation& location) const {
    return PrepareUrl(location.url, file_, tools_);
  }
  PreparedContext operator()(const ImageLocation&) const { throw NeverAnImage(); }
  PreparedContext operator()(const LayoutLocation&) const { throw NeverAnImage(); }

 private:
  static Error NeverAnImage() {
    return Error(ErrorKind::kInternal, "the main context is never an image");
  }

  const std::optional<std::string>& file_;
  const ContextTools& tools_;
};

}  // namespace

PreparedContext PrepareMainContext(const std::string& location,
                                   const std::optional<std::string>& file,
                                   const ContextTools& tools) {
  return std::visit(MainContextPreparer(file, tools), ParseMainContext(location));
}

ContextSource PrepareNamedContext(const std::string& location, const ContextTools& tools,
                                  std::vector<TempDir>& staging) {
  return std::visit(NamedContextPreparer(tools, staging), ParseNamedContext(location));
}

}  // namespace ibuild::builder
