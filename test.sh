#!/usr/bin/env bash
# Installs what is needed, builds, and runs every test.
#
#   ./test.sh            everything: unit, end-to-end (as root and as an ordinary user),
#                        conformance, then unit tests again and the fuzzers under the sanitizers
#   ./test.sh quick      without the sanitizers
#   ./test.sh races      threads of the store, the solver and the registry under the thread
#                        sanitizer: ten minutes to build, so CI has those of support only
#   ./test.sh -R REGEX   what ctest takes, for one or a few tests of the development build
#   ./test.sh -L lines   other tools' command lines by the hundred: minutes, wants jq
#   ./test.sh -L crash   every crash point, interleaving and loss of power: many minutes
#
# Needs Debian 12 and root, or a user with sudo (packages, and tests that need root).
set -euo pipefail
cd "$(dirname "$0")"
if [ $# -eq 0 ] || [ "$1" = races ]; then scripts/install-deps.sh --test; else scripts/install-deps.sh; fi

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

# Unit test programs with GoogleTest's whole output only where something failed.
run_units() { # PROGRAM…
  local log program status=0
  log=$(mktemp)
  for program in "$@"; do
    if "$program" --gtest_brief=1 >"$log" 2>&1; then
      echo "${program##*/}: $(grep -m1 -o '[0-9]* tests\? from .* ran.*' "$log")"
    else
      cat "$log"
      echo "${program##*/} failed"
      status=1
    fi
  done
  rm -f "$log"
  return $status
}
export -f run_units
units() { # PRESET [PROGRAM…]: those of a preset, all or the named ones, side by side
  local preset=$1
  shift
  echo "== unit tests under $preset"
  local programs
  programs=$(find "build/$preset/tests" -name '*_test' -type f -perm -100 |
    if [ $# -eq 0 ]; then cat; else grep -E "/($(IFS='|'; echo "$*"))\$"; fi) || true
  [ -n "$programs" ] || { echo "no unit test programs under build/$preset" >&2; return 1; }
  xargs -P "$jobs" -n 1 bash -c 'run_units "$@"' _ <<<"$programs"
}

# Each fuzzer for ten seconds; what it finds ends the run.
fuzz() {
  echo "== fuzzers"
  local fuzzers
  fuzzers=$(find build/asan/tests/fuzz -name 'fuzz_*' -type f -perm -100)
  [ -n "$fuzzers" ] || { echo "no fuzzers under build/asan" >&2; return 1; }
  xargs -P "$jobs" -I '{}' sh -c 'log=$("$1" -max_total_time=10 -artifact_prefix=build/ 2>&1) &&
      echo "${1##*/}: $(echo "$log" | grep -ao "^Done [0-9]* runs")" ||
      { echo "$log" | tail -n 60; exit 255; }' _ '{}' <<<"$fuzzers"
}

races() { # PROGRAM…
  build tsan "$@"
  units tsan "$@"
}

if [ "${1:-}" = races ]; then
  races support_test layers_store_test registry_test builder_test
  exit
fi
build dev
if [ $# -gt 0 ] && [ "$1" != quick ]; then
  exec ctest --preset dev "$@"
fi
echo "== tests"
ctest --preset dev -j $((jobs * 2)) --output-on-failure -LE 'crash|lines'

if [ "${1:-}" != quick ]; then
  build asan
  # These take a measure of time, which is another one here.
  GTEST_FILTER='-Hostile.A*:Hostile.Many*:Hostile.DeepJson:Scope.ThousandsOfStagesInARow' units asan
  fuzz
  races support_test
fi
