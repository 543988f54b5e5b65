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
build() { # PRESET [TARGET…]: configured and built in build/PRESET; the log is shown when it fails
  echo "== building $1"
  local log
  log=$(mktemp)
  if ! { cmake --preset "$1" -DIBUILD_WERROR=ON &&
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
ctest --preset dev -j "$jobs" --output-on-failure

if [ "${1:-}" != quick ]; then
  for sanitizer in asan tsan; do
    build $sanitizer
    echo "== unit tests under $sanitizer"
    ctest --preset $sanitizer -j "$jobs" -L unit --output-on-failure
  done
fi
