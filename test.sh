#!/usr/bin/env bash
# Installs what is needed, builds, and runs every test.
#
#   ./test.sh            everything: unit, end-to-end (as root and as an ordinary user),
#                        conformance, then unit tests again under the sanitizers
#   ./test.sh quick      unit and end-to-end tests only
#   ./test.sh -R REGEX   what ctest takes, for one or a few tests of the development build
#   ./test.sh -L crash   every crash point, interleaving and loss of power: many minutes
#
# Needs Debian 12 and root, or a user with sudo (packages, and tests that need root).
set -euo pipefail
cd "$(dirname "$0")"
scripts/install-deps.sh

jobs=$(nproc)
build() { # PRESET [TARGET…]: configured and built in build/PRESET; the log is shown when it fails
  echo "== building $1"
  local log
  log=$(mktemp)
  if ! { cmake --preset "$1" &&
         cmake --build --preset "$1" -j "$jobs" ${2:+--target "${@:2}"}; } >"$log" 2>&1; then
    grep -vE '^\[[0-9]+/[0-9]+\] (Building|Linking)' "$log" | tail -n 200
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

build dev
if [ $# -gt 0 ] && [ "$1" != quick ]; then
  exec ctest --preset dev "$@"
fi
echo "== tests"
ctest --preset dev -j "$jobs" --output-on-failure -LE crash

# Whole test programs under a sanitizer: PRESET PROGRAM…
sanitized() {
  build "$@"
  local preset=$1 name
  for name in "${@:2}"; do
    echo "== $name under $preset"
    "$(find "build/$preset/tests" -name "$name" -type f)" --gtest_brief=1
  done
}

if [ "${1:-}" != quick ]; then
  sanitized asan support_test oci_test parser_test plan_test layers_bytes_test layers_store_test \
    layers_images_test registry_test
  sanitized tsan support_test
fi
