#!/usr/bin/env bash
# Installs what building and testing ibuild needs on Debian 12: the one list of packages.
# Run as root, or as a user with sudo. Does nothing when everything is there.
#   install-deps.sh            to build, to show, and for the tests of one build
#   install-deps.sh --test     also for the sanitizers and fuzzers
#   install-deps.sh --develop  also to format and check
set -euo pipefail

packages=(
  # tools
  g++ cmake ninja-build ccache git ca-certificates
  # libraries
  libarchive-dev libcurl4 libcurl4-openssl-dev libssl-dev libzstd-dev zlib1g-dev libbz2-dev liblzma-dev libacl1-dev
  nettle-dev libxml2-dev nlohmann-json3-dev libcli11-dev libfmt-dev libdeflate-dev libseccomp-dev libtomlplusplus-dev libisal-dev libisal2
  libgtest-dev libgmock-dev libbenchmark-dev
  # what runs beside ibuild, in the demo and in tests
  uidmap slirp4netns busybox-static docker-registry redis-server skopeo openssl curl zstd xz-utils bzip2 tar python3 openssh-client procps sudo
)
case ${1:-} in
--test) packages+=(clang libclang-rt-14-dev lld) ;;
--develop) packages+=(clang libclang-rt-14-dev lld clang-format clang-tidy) ;;
esac

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "install-deps: run as root, or install sudo" >&2; exit 1; }
  as_root=(sudo)
fi
echo "installing: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
