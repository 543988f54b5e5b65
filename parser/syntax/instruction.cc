#include "parser/syntax/instruction.h"

namespace ibuild::parser {

const std::vector<std::string>& AllKeywords() {
  static const std::vector<std::string> keywords = {
      "FROM",       "ARG",         "ENV",        "LABEL",   "RUN",     "CMD",
      "ENTRYPOINT", "COPY",        "ADD",        "WORKDIR", "USER",    "EXPOSE",
      "VOLUME",     "HEALTHCHECK", "STOPSIGNAL", "SHELL",   "ONBUILD", "MAINTAINER"};
  return keywords;
}

static_assert(std::variant_size_v<InstructionBody> == 18, "AllKeywords mirrors the variant");

std::string_view KeywordOf(const InstructionBody& body) { return AllKeywords()[body.index()]; }

}  // namespace ibuild::parser
