// What a test asked of a registry, in order, as a golden file named after the test: a fault that
// costs a request more, or is no longer noticed, changes it.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "support/text.h"
#include "tests/fakes/in_process_registry.h"
#include "tests/golden.h"

namespace ibuild::registry {

// Requests that differ between runs only by what they are about: blobs are called by their place in
// the image, upload sessions and other digests by their order.
inline std::string DescribeRequests(const fakes::InProcessRegistry& registry,
                                    const fakes::SampleImage& image) {
  std::map<std::string, std::string> names = {{image.config.digest.ToString(), "CONFIG"},
                                              {image.manifest.digest.ToString(), "MANIFEST"}};
  for (std::size_t i = 0; i < image.layers.size(); ++i) {
    names.emplace(image.layers[i].digest.ToString(), "LAYER" + std::to_string(i));
  }
  std::size_t others = 0;
  std::string text;
  for (const fakes::FakeRequest& request : registry.Seen()) {
    std::string path = request.path;
    const std::size_t last = path.rfind('/') + 1;
    if (const std::string part = path.substr(last); part.starts_with("sha256:")) {
      const auto [name, is_new] = names.emplace(part, "");
      if (is_new) name->second = "OTHER" + std::to_string(++others);
      path.replace(last, std::string::npos, name->second);
    }
    text += request.method + " " + path;
    for (const char* parameter : {"mount", "digest"}) {
      const auto value = request.Parameter(parameter);
      if (value) text += std::string(" ") + parameter + "=" + names[*value];
    }
    for (const char* header : {"Range", "Content-Range"}) {
      const std::string value = request.Header(header);
      if (!value.empty()) text += std::string(" ") + header + ": " + value;
    }
    text += "\n";
  }
  return text;
}

inline void ExpectRequests(const fakes::InProcessRegistry& registry,
                           const fakes::SampleImage& image) {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  ExpectGolden(std::filesystem::path("testdata/registry/requests") /
                   (std::string(test->test_suite_name()) + "." + test->name()),
               DescribeRequests(registry, image));
}

}  // namespace ibuild::registry
