// --chmod of COPY and ADD: octal ("0755") or symbolic ("u=rwX,go=rX"), with umask 0.
//
// Symbolic modes follow setmode(3) of BSD, as in Docker: `+X` asks whether the file was
// executable before anything changed, `-X` is `-x`, copying a class (`g=u`) never touches set-id
// bits, and `=` takes away the set-id bits of the classes it names but the sticky bit only when it
// sets it.
#pragma once

#include <sys/types.h>

#include <string_view>
#include <vector>

namespace ibuild::builder {

class ModeChange {
 public:
  // Throws kInvalidInput `invalid chmod parameter: '10000'. it should be octal string and between 0
  // and 07777`.
  static ModeChange Parse(std::string_view text);

  mode_t Apply(mode_t mode, bool is_directory) const;  // the twelve permission bits
  // For directories that a copy has to make on its way: 0755, or the octal permission bits less
  // what the builder's umask of 022 keeps from others.
  mode_t ForNewParent() const;

 private:
  struct Step {
    enum class Kind {
      kAdd,         // `bits`
      kClear,       // `bits`
      kAddExecute,  // `bits`, to directories and to what somebody could execute at first
      kCopy,        // the rwx bits of class `from` to those of the classes in `bits`
    };
    Kind kind = Kind::kAdd;
    mode_t bits = 0;
    char from = 0;       // 'u', 'g', 'o'
    char operation = 0;  // of kCopy: '+', '-', '='
  };
  class Parser;
  static mode_t ApplyStep(const Step& step, mode_t mode, bool executable);

  bool octal_ = false;
  mode_t bits_ = 0;
  std::vector<Step> steps_;
};

}  // namespace ibuild::builder
