// Two pairs of Ed25519 keys, made for the tests.
#pragma once

#include <string>

#include "support/ed25519.h"
#include "support/files.h"
#include "tests/scratch_dir.h"

namespace ibuild::tests {

class SigningKeys {
 public:
  SigningKeys() {
    Write("1.pem", "MC4CAQAwBQYDK2VwBCIEIBEY163kzFwcPUuxwfACbDumSG0MeDSyPsXpeBYlBvTk");
    Write("2.pem", "MC4CAQAwBQYDK2VwBCIEIJFruj3RmSbMn95dhHXcsHHI31mB4KeAeKABJgTkaJGk");
  }

  SigningKey first() const { return SigningKey::Read(directory_.path() / "1.pem"); }
  SigningKey second() const { return SigningKey::Read(directory_.path() / "2.pem"); }

 private:
  void Write(const std::string& name, const std::string& body) {
    WriteFileAtomically(directory_.path() / name,
                        "-----BEGIN PRIVATE KEY-----\n" + body + "\n-----END PRIVATE KEY-----\n");
  }

  ScratchDir directory_;
};

}  // namespace ibuild::tests
