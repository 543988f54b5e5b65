// ibuild-token-server: a registry's token server for tests and the demo, on a free port of
// 127.0.0.1. It writes the port to a file when it is ready and runs until it is killed.
//
//   --port-file FILE --key KEY --user NAME:PASSWORD   required; --user may be repeated
//   --cert CERT              the certificate that the registry trusts; checked to be readable
//   --tls-key K --tls-cert C serve https
//   --issuer NAME --lifetime SECONDS --public-pull --push-own-only
#include <unistd.h>

#include <cstdio>
#include <map>
#include <string>
#include <string_view>

#include "support/error.h"
#include "support/files.h"
#include "support/text.h"
#include "tests/fakes/token_issuer.h"

namespace {

using namespace ibuild;  // NOLINT(google-build-using-namespace): a main program of one page

struct Options {
  fakes::IssuerSettings issuer;
  fakes::ServerTls tls;
  std::string port_file;
};

void TakeUser(const std::string& text, fakes::IssuerSettings& issuer) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) throw Error(ErrorKind::kUsage, "--user wants NAME:PASSWORD");
  issuer.users[text.substr(0, colon)] = text.substr(colon + 1);
}

void TakeOption(std::string_view name, const std::string& value, Options& options) {
  if (name == "--port-file") {
    options.port_file = value;
  } else if (name == "--key") {
    options.issuer.key = value;
  } else if (name == "--cert") {
    ReadFile(value);
  } else if (name == "--tls-key") {
    options.tls.key = value;
  } else if (name == "--tls-cert") {
    options.tls.certificate = value;
  } else if (name == "--issuer") {
    options.issuer.issuer = value;
  } else if (name == "--lifetime") {
    options.issuer.lifetime = std::chrono::seconds(ParseUnsigned(value).value_or(300));
  } else if (name == "--user") {
    TakeUser(value, options.issuer);
  } else {
    throw Error(ErrorKind::kUsage, "unknown option " + std::string(name));
  }
}

Options ParseOptions(int count, char** arguments) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string_view name = arguments[i];
    if (name == "--public-pull") {
      options.issuer.public_pull = true;
    } else if (name == "--push-own-only") {
      options.issuer.push_own_only = true;
    } else if (i + 1 < count) {
      TakeOption(name, arguments[++i], options);
    } else {
      throw Error(ErrorKind::kUsage, std::string(name) + " wants a value");
    }
  }
  return options;
}

void Serve(const Options& options) {
  const fakes::TokenIssuer issuer(options.issuer);
  const auto tls = options.tls.certificate.empty() ? std::nullopt : std::optional(options.tls);
  const fakes::FakeHttpServer server(
      [&](const fakes::FakeRequest& request, fakes::FakeConnection& connection) {
        connection.ReadWholeBody();
        connection.Send(issuer.Answer(request));
      },
      tls);
  WriteFileAtomically(options.port_file, std::to_string(server.port()));
  for (;;) pause();
}

}  // namespace

int main(int count, char** arguments) {
  try {
    Serve(ParseOptions(count, arguments));
  } catch (const Error& error) {
    std::fprintf(stderr, "ibuild-token-server: %s\n", error.what());
    return 1;
  }
}
