#include "tests/crash/durable.h"

#include <sys/stat.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace ibuild::crash {
namespace {

namespace fs = std::filesystem;

ino_t InodeOf(const fs::path& path) {
  struct stat info = {};
  return ::lstat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

}  // namespace

Durable::Durable(fs::path watched, fs::path objects)
    : watched_(std::move(watched)), objects_(std::move(objects)) {
  fs::create_directories(objects_);
  FlushEverything();
}

void Durable::Keep(const fs::path& path) {
  const ino_t inode = InodeOf(path);
  if (inode == 0) return;  // it was renamed or removed since it was opened
  if (fs::is_directory(fs::symlink_status(path))) {
    auto& entries = directories_[inode];
    entries.clear();
    for (const auto& entry : fs::directory_iterator(path)) {
      entries[entry.path().filename().native()] = InodeOf(entry.path());
    }
  } else if (fs::is_regular_file(fs::symlink_status(path))) {
    const std::string object = std::to_string(next_object_++);
    fs::copy_file(path, objects_ / object);
    files_[inode] = object;
  } else if (fs::is_symlink(fs::symlink_status(path))) {
    const std::string object = std::to_string(next_object_++);
    fs::create_symlink(fs::read_symlink(path), objects_ / object);
    files_[inode] = object;
  }
}

void Durable::FlushFile(const fs::path& file) { Keep(file); }

void Durable::FlushEverything() {
  if (!fs::exists(watched_)) return;
  Keep(watched_);
  for (const auto& entry : fs::recursive_directory_iterator(watched_)) Keep(entry.path());
}

void Durable::Save(const fs::path& file) const {
  nlohmann::json json;
  json["root"] = std::to_string(InodeOf(watched_));
  json["files"] = nlohmann::json::object();
  json["directories"] = nlohmann::json::object();
  for (const auto& [inode, object] : files_) json["files"][std::to_string(inode)] = object;
  for (const auto& [inode, entries] : directories_) {
    auto& names = json["directories"][std::to_string(inode)] = nlohmann::json::object();
    for (const auto& [name, target] : entries) names[name] = std::to_string(target);
  }
  std::ofstream(file) << json;
}

}  // namespace ibuild::crash
