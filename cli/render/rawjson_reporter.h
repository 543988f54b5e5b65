// Progress for programs in BuildKit's words, as `docker build --progress=rawjson` writes it: one
// SolveStatus a line.
//
//   {"vertexes":[{"digest":"sha256:…","name":"[2/2] RUN echo hi","started":"…"}]}
//   {"logs":[{"vertex":"sha256:…","stream":1,"data":"aGkK","timestamp":"…"}]}
//   {"statuses":[{"id":"transfer","vertex":"sha256:…","current":512,"total":1024,"timestamp":"…"}]}
//
// A vertex is an activity; its digest stands for it and says nothing of its content.
#pragma once

#include <functional>
#include <map>
#include <mutex>

#include "cli/render/output.h"
#include "oci/digest.h"
#include "support/clock.h"
#include "support/json_fwd.h"
#include "support/report.h"

namespace ibuild::cli {

class RawJsonReporter final : public Reporter {
 public:
  explicit RawJsonReporter(TextOutput output, std::function<UnixTime()> now = Now)
      : output_(std::move(output)), now_(std::move(now)) {}

  ActivityId Begin(std::string_view title) override;
  void Advance(ActivityId id, std::uint64_t done, std::uint64_t total) override;
  void Output(ActivityId id, std::string_view bytes) override;
  void Note(ActivityId id, std::string_view text) override;
  void End(ActivityId id, ActivityState state, std::string_view detail) override;
  void Log(LogLevel level, std::string_view message) override;

 private:
  struct Vertex {
    std::string digest;
    std::string name;
    std::string started;
  };
  void Write(const char* list, OrderedJson entry);
  OrderedJson Describe(ActivityId id) const;
  void WriteLog(ActivityId id, int stream, std::string_view bytes);

  TextOutput output_;
  std::function<UnixTime()> now_;
  std::mutex mutex_;
  ActivityId last_id_ = 0;
  std::map<ActivityId, Vertex> vertices_;
};

}  // namespace ibuild::cli
