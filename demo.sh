#!/usr/bin/env bash
# ibuild's main job, shown on real input: build, rebuild, log in, push, pull, run.
#
# Installs what is needed (as root or with sudo), builds the program, and then needs no privileges.
# Everything it makes is in a temporary folder that is removed at the end.
set -euo pipefail
cd "$(dirname "$0")"
source_dir=$PWD

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
show() { printf '$ %s\n' "$*"; "$@"; }
[ -t 1 ] || { say() { printf '\n%s\n' "$*"; }; }

say "Installing packages and building ibuild"
scripts/install-deps.sh
log=$(mktemp)
if ! { cmake --preset release && cmake --build --preset release --target ibuild hello \
       ibuild-token-server -j "$(nproc)"; } >"$log" 2>&1; then
  tail -n 40 "$log" >&2
  exit 1
fi
rm -f "$log"
build=$source_dir/build/release
work=$(mktemp -d "${TMPDIR:-/tmp}/ibuild-demo.XXXXXX")
servers=()
clean_up() {
  local status=$?
  set +e # a server that was killed is no failure
  for pid in ${servers[@]+"${servers[@]}"}; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; done
  for store in "$work/store" "$work/elsewhere"; do
    [ ! -e "$store" ] || ibuild --root "$store" prune --everything >/dev/null 2>&1
  done
  rm -rf "$work"
  exit "$status"
}
trap clean_up EXIT
export PATH=$build/cli:$PATH HOME=$work/home IBUILD_ROOT=$work/store
mkdir -p "$HOME"
cd "$work"
ibuild --version
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
wait_for() { for _ in $(seq 100); do "$@" >/dev/null 2>&1 && return; sleep 0.1; done; "$@"; }

say "A base image from nothing but Debian's busybox: FROM scratch + ADD rootfs.tar.zst /"
mkdir base app
"$source_dir/examples/hello/make-rootfs.sh" base/rootfs.tar.zst
cp "$source_dir/examples/hello/Dockerfile.base" base/Dockerfile
cp "$source_dir/examples/hello/Dockerfile" "$build/examples/hello/hello" app/
show ibuild build -t demo/busybox:1 base

say "Build the web server's image"
show ibuild -t user/app:v0.0.1 app

say "Build it again: nothing changed, nothing is done"
time show ibuild -t user/app:v0.0.1 app

say "A registry with TLS and token auth, on loopback"
port=$(free_port)
openssl req -x509 -newkey rsa:2048 -nodes -keyout tls.key -out tls.crt -days 2 -subj /CN=localhost \
  -addext subjectAltName=DNS:localhost 2>/dev/null
openssl req -x509 -newkey rsa:2048 -nodes -keyout token.key -out token.crt -days 2 \
  -subj /CN=ibuild-token-server 2>/dev/null
"$build/tests/fakes/ibuild-token-server" --port-file token.port --key token.key --cert token.crt \
  --tls-key tls.key --tls-cert tls.crt --issuer ibuild-token-server --user "beginner:secret" \
  >token.log 2>&1 &
servers+=($!)
wait_for test -s token.port
cat >registry.yml <<Y
version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $work/registry}}
http: {addr: "127.0.0.1:$port", tls: {certificate: $work/tls.crt, key: $work/tls.key}}
auth:
  token:
    realm: https://localhost:$(cat token.port)/token
    service: demo-registry
    issuer: ibuild-token-server
    rootcertbundle: $work/token.crt
Y
docker-registry serve registry.yml >registry.log 2>&1 &
servers+=($!)
wait_for curl -sk -o /dev/null "https://localhost:$port/v2/"
for host in "localhost:$port" "localhost:$(cat token.port)"; do
  mkdir -p "$HOME/.config/containers/certs.d/$host"
  cp tls.crt "$HOME/.config/containers/certs.d/$host/ca.crt"
done
echo "localhost:$port"

say "Push without logging in: refused, with advice"
show ibuild tag user/app:v0.0.1 "localhost:$port/user/app:v0.0.1"
show ibuild push "localhost:$port/user/app:v0.0.1" || true

say "Log in, push"
printf secret | show ibuild login -u beginner --password-stdin "localhost:$port"
show ibuild push "localhost:$port/user/app:v0.0.1"

say "Pull into an empty store and run"
export IBUILD_ROOT=$work/elsewhere
show ibuild pull "localhost:$port/user/app:v0.0.1"
web=$(free_port)
echo "$ ibuild run --network host localhost:$port/user/app:v0.0.1 $web &"
ibuild run --network host "localhost:$port/user/app:v0.0.1" "$web" &
server=$!
wait_for curl -sf "http://localhost:$web/"
show curl -s "http://localhost:$web/"
kill -TERM $server
wait $server || true

say "The same server with too little memory: killed, and told why"
show ibuild run --network host --memory 16m "localhost:$port/user/app:v0.0.1" "$web" ||
  echo "exit code $?"

say "Done; everything it made is removed"
