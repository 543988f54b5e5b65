# Shared by the end-to-end tests: sourced by each of them, run by tests/e2e/run.
#
# A test is a bash script that drives the real program. It gets
#   IBUILD         the program                  HELLO   the demo's static web server
#   TOKEN_SERVER   our token server             SOURCE  the source tree
# and has, from here, an empty folder $WORK (its current directory), a store of its own in
# $IBUILD_ROOT, a HOME of its own, and functions to start registries. Everything is removed and
# every server stopped at the end.
set -euo pipefail

WORK=$(mktemp -d "${TMPDIR:-/tmp}/ibuild-e2e.XXXXXX")
export HOME=$WORK/home IBUILD_ROOT=$WORK/store XDG_RUNTIME_DIR=$WORK/run
unset SOURCE_DATE_EPOCH DOCKER_CONFIG
mkdir -p "$HOME" "$XDG_RUNTIME_DIR"
servers=()

# A test that mounted something redefines this.
unmount_all() { :; }
# A test that started containers redefines this; whatever it comes to, the test's own end counts.
at_end() { :; }

clean_up() {
  local status=$?
  unmount_all
  set +e # a server that was killed does not make its test fail
  at_end
  for pid in ${servers[@]+"${servers[@]}"}; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; done
  cd /
  remove_store "$IBUILD_ROOT"
  rm -rf "$WORK" 2>/dev/null
  exit "$status"
}
trap clean_up EXIT
cd "$WORK"

# A store's layers belong to subordinate ids when an ordinary user built them.
remove_store() {
  [ -e "$1" ] || return 0
  "$IBUILD" --root "$1" rm -f --all >/dev/null 2>&1
  "$IBUILD" --root "$1" volume prune --all >/dev/null 2>&1
  "$IBUILD" --root "$1" prune --everything >/dev/null 2>&1
  rm -rf "$1" 2>/dev/null
}

fail() { echo "FAILED: $*" >&2; exit 1; }
is_root() { [ "$(id -u)" = 0 ]; }

assert_equal() { [ "$1" = "$2" ] || fail "${3:-values differ}: got '$1', wanted '$2'"; }
assert_has() { # TEXT PIECE
  case $1 in *"$2"*) ;; *) fail "no '$2' in: $1" ;; esac
}
assert_lacks() {
  case $1 in *"$2"*) fail "unwanted '$2' in: $1" ;; esac
}
# expect_status CODE COMMAND…: runs it, leaves all output in $output.
expect_status() {
  local wanted=$1 got=0
  shift
  output=$("$@" 2>&1) || got=$?
  [ "$got" = "$wanted" ] || fail "exit code $got, wanted $wanted, of: $*"$'\n'"$output"
}
ib() { "$IBUILD" "$@"; }

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
wait_for() { # COMMAND…: until it succeeds, half a minute at most
  for _ in $(seq 600); do "$@" >/dev/null 2>&1 && return 0; sleep 0.05; done
  fail "still not true after 30 s: $*"
}

# The base image test/busybox:1 in the store.
make_base() {
  mkdir -p base
  [ -e base/rootfs.tar.zst ] || "$SOURCE/examples/hello/make-rootfs.sh" base/rootfs.tar.zst
  cp "$SOURCE/examples/hello/Dockerfile.base" base/Dockerfile
  ib build -q -t test/busybox:1 base >/dev/null
}

# start_registry [tls] [basic|token]: sets $REGISTRY (host:port); with tls also $CA (a file); with
# basic or token the user is `ci`, the password `open sesame`.
start_registry() {
  local scheme=http auth=none port word
  for word in "$@"; do
    case $word in tls) scheme=https ;; basic | token) auth=$word ;; esac
  done
  port=$(free_port)
  REGISTRY=localhost:$port
  REGISTRY_DATA=$WORK/registry-$port
  mkdir -p "$REGISTRY_DATA"
  {
    printf 'version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n'
    printf 'storage: {filesystem: {rootdirectory: %s}, delete: {enabled: true}}\n' "$REGISTRY_DATA"
    printf 'http:\n  addr: 127.0.0.1:%s\n' "$port"
    if [ $scheme = https ]; then
      make_certificate
      printf '  tls: {certificate: %s/tls.crt, key: %s/tls.key}\n' "$WORK" "$WORK"
      CA=$WORK/ca.crt
    fi
    case $auth in
      basic)
        printf 'auth: {htpasswd: {realm: test, path: %s/htpasswd}}\n' "$WORK"
        ;;
      token)
        start_token_server
        printf 'auth: {token: {realm: "https://localhost:%s/token", service: test-registry, issuer: ibuild-token-server, rootcertbundle: %s/token.crt}}\n' \
          "$TOKEN_PORT" "$WORK"
        ;;
    esac
  } >"$WORK/registry-$port.yml"
  if [ $auth = basic ]; then # htpasswd of `open sesame`, bcrypt
    printf 'ci:%s\n' '$2y$04$DCq5SpptGJQvSbFXuCH2Uejlikb8BTTuCyoKYPHfk.xhnOeI/yjIO' >"$WORK/htpasswd"
  fi
  docker-registry serve "$WORK/registry-$port.yml" >"$WORK/registry-$port.log" 2>&1 &
  servers+=($!)
  wait_for curl -sk -o /dev/null "$scheme://$REGISTRY/v2/"
}

# ca.crt signs tls.crt for localhost.
make_certificate() {
  [ ! -e "$WORK/tls.crt" ] || return 0
  openssl req -x509 -newkey rsa:2048 -nodes -keyout "$WORK/ca.key" -out "$WORK/ca.crt" -days 2 \
    -subj "/CN=test authority" -addext "basicConstraints=critical,CA:TRUE" 2>/dev/null
  openssl req -newkey rsa:2048 -nodes -keyout "$WORK/tls.key" -out "$WORK/tls.csr" \
    -subj "/CN=localhost" 2>/dev/null
  printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' >"$WORK/tls.ext"
  openssl x509 -req -in "$WORK/tls.csr" -CA "$WORK/ca.crt" -CAkey "$WORK/ca.key" -CAcreateserial \
    -days 2 -extfile "$WORK/tls.ext" -out "$WORK/tls.crt" 2>/dev/null
}

# A token server over TLS that the registry trusts: sets $TOKEN_PORT.
start_token_server() {
  make_certificate
  openssl req -x509 -newkey rsa:2048 -nodes -keyout "$WORK/token.key" -out "$WORK/token.crt" \
    -days 2 -subj "/CN=ibuild-token-server" 2>/dev/null
  "$TOKEN_SERVER" --port-file "$WORK/token.port" --key "$WORK/token.key" --cert "$WORK/token.crt" \
    --tls-key "$WORK/tls.key" --tls-cert "$WORK/tls.crt" --issuer ibuild-token-server \
    --user "ci:open sesame" >"$WORK/token.log" 2>&1 &
  servers+=($!)
  wait_for test -s "$WORK/token.port"
  TOKEN_PORT=$(cat "$WORK/token.port")
}

# ibuild and skopeo look for extra authorities of a registry here.
trust() { # HOST:PORT
  mkdir -p "$HOME/.config/containers/certs.d/$1"
  cp "$CA" "$HOME/.config/containers/certs.d/$1/ca.crt"
}
log_in() { printf 'open sesame' | ib login -u ci --password-stdin "$1" >/dev/null; }

# run_command_lines NAME: the cases of lines/NAME.txt (command_lines.py says what they are).
run_command_lines() {
  make_base
  start_registry basic
  AREG=$REGISTRY
  start_registry
  log_in "$AREG"
  local name
  for name in "$REGISTRY" "$AREG"; do ib push -q test/busybox:1 "$name/base:1" >/dev/null; done
  printf 'FROM --platform=$BUILDPLATFORM test/busybox:1 AS from\nFROM scratch\nCOPY --from=from / /\n' |
    ib build -q --platform linux/amd64,linux/arm64 -t "$REGISTRY/multi:1" --push - >/dev/null
  mkdir -p files/extra && echo extra >files/extra/file
  ib save test/busybox:1 -o files/app-docker.tar
  ib export test/busybox:1 >files/rootfs.tar
  tar -C files/extra -cf files/layer.tar file && tar -C files/extra -czf files/layer.tar.gz file
  IBUILD=$IBUILD WORK=$WORK REG=$REGISTRY AREG=$AREG FILES=$WORK/files \
    python3 "$SOURCE/tests/e2e/command_lines.py" "$SOURCE/tests/e2e/lines/$1.txt"
}
