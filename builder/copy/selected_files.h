// SelectedFiles: the files of one source of a COPY, in the order in which they are copied.
//
// There may be millions, and the list lives from the cache key to the copy: as structs they would
// take some 250 bytes each. So they are kept as bytes, about 50 each for short names: numbers as
// variable-length integers (LEB128), a path as what it shares with the path before it and the rest.
// The price is that the list is read from its beginning only; who reads it pays less than one
// lstat(2) for each file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <optional>
#include <string>

#include "builder/copy/source_tree.h"

namespace ibuild::builder {

struct SelectedFile {
  SourceEntry entry;     // without xattrs, as trees hand them out
  bool implied = false;  // a directory taken only because something below it was
};

class SelectedFiles {
 public:
  class Iterator {
   public:
    explicit Iterator(const SelectedFiles& files) : files_(&files) { Read(); }

    const SelectedFile& operator*() const { return file_; }
    const SelectedFile* operator->() const { return &file_; }
    Iterator& operator++() {
      Read();
      return *this;
    }
    friend bool operator==(const Iterator& it, std::default_sentinel_t) { return it.at_end_; }

   private:
    void Read();

    const SelectedFiles* files_;
    std::size_t block_ = 0;
    std::size_t offset_ = 0;
    bool at_end_ = false;
    SelectedFile file_;
  };

  void Add(const SelectedFile& file);
  std::size_t size() const { return size_; }
  const SelectedFile& front() const { return *front_; }  // of a list that is not empty
  Iterator begin() const { return Iterator(*this); }
  std::default_sentinel_t end() const { return {}; }

 private:
  std::deque<std::string> blocks_;  // a file is never in two of them
  std::string last_path_;
  std::size_t size_ = 0;
  std::optional<SelectedFile> front_;
};

}  // namespace ibuild::builder
