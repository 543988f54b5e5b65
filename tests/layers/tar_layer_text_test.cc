// Golden layers: kept as text, pinned by the digests of their tar and of its compressed forms. A
// digest here is a name that is in registries: it never changes.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "layers/compress/codec.h"
#include "layers/tar/layer_text.h"
#include "oci/digest.h"
#include "support/error.h"
#include "support/files.h"
#include "tests/golden.h"

namespace ibuild::layers {
namespace {

std::string TarOf(std::string_view text) {
  StringSink tar;
  WriteLayerTar(text, tar);
  return tar.text();
}

std::string TextOf(const std::string& tar) {
  StringSource source(tar);
  StringSink text;
  WriteLayerText(source, text);
  return text.text();
}

std::string WithoutComments(const std::string& text) {
  std::string kept;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin) + 1;
    if (text[begin] != '#') kept += text.substr(begin, end - begin);
    begin = end;
  }
  return kept;
}

std::string Compressed(const std::string& tar, oci::Compression compression, int level) {
  StringSink blob;
  const auto sink = Compress({compression, level}, blob);
  sink->Write(AsBytes(tar));
  sink->Finish();
  return blob.text();
}

std::string DigestsOf(const std::string& tar) {
  const auto line = [](const char* form, const std::string& bytes) {
    return std::string(form) + " " + oci::Digest::OfText(bytes).ToString() + "\n";
  };
  return line("tar", tar) + line("gzip-6", Compressed(tar, oci::Compression::kGzip, 6)) +
         line("zstd-3", Compressed(tar, oci::Compression::kZstd, 3));
}

class GoldenLayer : public testing::TestWithParam<std::string> {};

TEST_P(GoldenLayer, TextAndTarAreTwoFormsOfOneThing) {
  const std::string text = ReadFile("testdata/layers/" + GetParam() + ".layer");
  const std::string tar = TarOf(text);
  EXPECT_EQ(TextOf(tar), WithoutComments(text));
  EXPECT_EQ(TarOf(TextOf(tar)), tar);
}

TEST_P(GoldenLayer, DigestsNeverChange) {
  const std::string tar = TarOf(ReadFile("testdata/layers/" + GetParam() + ".layer"));
  ExpectGolden("testdata/layers/" + GetParam() + ".digests", DigestsOf(tar));
}

INSTANTIATE_TEST_SUITE_P(Testdata, GoldenLayer,
                         testing::Values("all-kinds", "contents", "past-ustar", "whiteouts"));

// 80,000 bytes of text: longer than what is held to be looked at.
TEST(LayerText, LongFilesAreShownAsBytes) {
  std::string text = "ibuild layer 1\nfile f mode=0644 owner=0:0 time=0\n";
  for (int i = 0; i < 10'000; ++i) text += "\t|seven..\n";
  const std::string tar = TarOf(text);
  EXPECT_NE(TextOf(tar), text);
  EXPECT_EQ(TarOf(TextOf(tar)), tar);
}

TEST(LayerText, FaultsNameTheirLine) {
  const std::vector<std::pair<std::string, std::string>> faults = {
      {"", "line 0"},
      {"ibuild layer 2\n", "line 1"},
      {"ibuild layer 1\nfile\n", "a kind and a name"},
      {"ibuild layer 1\nsocket s\n", "there is no kind \"socket\""},
      {"ibuild layer 1\nfile f mode=0999\n", "octal"},
      {"ibuild layer 1\nfile f mode=77777\n", "octal"},
      {"ibuild layer 1\nfile f owner=0\n", "two numbers"},
      {"ibuild layer 1\nfile f owner=0:4294967296\n", "32 bits"},
      {"ibuild layer 1\nfile f time=soon\n", "seconds"},
      {"ibuild layer 1\nfile f colour=red\n", "there is no attribute \"colour\""},
      {"ibuild layer 1\nfile f word\n", "NAME=VALUE"},
      {"ibuild layer 1\nfile f\n\t:!\n", "line 3"},
      {"ibuild layer 1\nfile f\n\ttext\n", "content begins"},
      {"ibuild layer 1\ndir d\n\t|text\n", "line 3"},
      {"ibuild layer 1\nfile f", "has no end"},
  };
  for (const auto& [text, message] : faults) {
    try {
      TarOf(text);
      ADD_FAILURE() << "accepted: " << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInvalidInput) << text;
      EXPECT_NE(std::string(error.what()).find(message), std::string::npos)
          << error.what() << " for " << text;
    }
  }
}

}  // namespace
}  // namespace ibuild::layers
