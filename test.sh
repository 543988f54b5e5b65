#!/usr/bin/env bash
# Installs what is needed, builds, and runs every test.
#
#   ./test.sh            everything: unit, end-to-end (as root and as an ordinary user),
#                        conformance, then the unit tests again under the sanitizers
#   ./test.sh quick      unit and end-to-end tests only
#   ./test.sh -R REGEX   what ctest takes, for one or a few tests of the development build
#
# Needs Debian 12 and root, or a user with sudo (packages, and tests that need root).
set -euo pipefail
cd "$(dirname "$0")"
scripts/install-deps.sh

jobs=$(nproc)
build() { # PRESET: configured and built in build/PRESET
  echo "== building $1"
  cmake --preset "$1" -DIBUILD_WERROR=ON >"build-$1.log" 2>&1 || { cat "build-$1.log"; exit 1; }
  rm -f "build-$1.log"
  cmake --build --preset "$1" -j "$jobs" | grep -v '^\[' || true
  [ "${PIPESTATUS[0]}" = 0 ]
}

build dev
if [ $# -gt 0 ] && [ "$1" != quick ]; then
  exec ctest --preset dev "$@"
fi
echo "== tests"
ctest --preset dev -j "$jobs" --output-on-failure

if [ "${1:-}" != quick ]; then
  for sanitizer in asan tsan; do
    build $sanitizer
    echo "== unit tests under $sanitizer"
    ctest --preset $sanitizer -j "$jobs" -L unit --output-on-failure
  done
fi
