// --chmod of COPY and ADD: octal ("0755") or symbolic ("u=rwX,go=rX") as in chmod(1) with umask 0.
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
  // For directories that a copy has to make on its way: 0755, or the octal permission bits.
  mode_t ForNewParent() const;

 private:
  struct Clause {
    mode_t who = 0;               // mask of the twelve bits that it may touch
    char operation = '=';         // '+', '-', '='
    mode_t permissions = 0;       // rwx, s and t bits for everybody
    bool execute_if_any = false;  // X
    char copy_from = 0;           // 'u', 'g', 'o': permissions are those
  };
  static void ParseClauses(std::string_view text, std::vector<Clause>& clauses);
  static Clause ParseAction(std::string_view& text, mode_t who);
  static mode_t ApplyClause(const Clause& clause, mode_t mode, bool is_directory);

  bool octal_ = false;
  mode_t bits_ = 0;
  std::vector<Clause> clauses_;
};

}  // namespace ibuild::builder
