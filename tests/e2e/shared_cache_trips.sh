# as: root user
# What a build costs that a shared cache answers: round trips and bytes, counted by a proxy before a
# registry that is far away. A cache that is slow costs nothing where nobody needs it.
source "$(dirname "$0")/lib.sh"
make_base
start_registry
python3 "$SOURCE/tests/e2e/counting_proxy.py" "${REGISTRY#*:}" 50 proxy.port counts &
servers+=($!)
wait_for test -s proxy.port
far=localhost:$(cat proxy.port)
base=$far/base:1
ib tag test/busybox:1 "$base" && ib push "$base" >/dev/null 2>&1
mkdir ctx && echo 1 >ctx/file
{
  echo "FROM $base AS build"
  for i in $(seq 20); do echo "RUN echo $i >/file$i"; done
  printf 'COPY file /file\nFROM %s\nCOPY --from=build /file /file\n' "$base"
  for i in $(seq 20); do echo "RUN n=RAN; echo STEP \$n; echo $i >/other$i"; done
} >ctx/Dockerfile
cache=$far/team/app:cache
build() { ib build --progress=plain "$@" ctx 2>&1; }
output=$(build -t "$far/team/app:1" --push --cache-to "$cache,mode=max")
digest=$(printf '%s\n' "$output" | grep -o '^sha256:[0-9a-f]\{64\}' | tail -n 1)
start_counting() { cp counts before; }
since() { python3 -c 'import json, sys; print(json.load(open("counts"))[sys.argv[1]] - json.load(open("before"))[sys.argv[1]])' "$1"; }
at_most() { # WHAT MOST
  [ "$(since "$1")" -le "$2" ] || fail "$1: $(since "$1"), more than $2 ($(cat before) $(cat counts))"
}

# A machine that has never seen the project.
warm=$IBUILD_ROOT
export IBUILD_ROOT=$WORK/cold
start_counting
output=$(build --cache-from "$cache" -t app)
assert_lacks "$output" "STEP RAN"
at_most in_sequence 3
at_most down 65536
assert_equal "$(since blobs)" 0 "blobs that nobody needed"
remove_store "$IBUILD_ROOT"

# The same, and its image pushed: no layer goes either way.
start_counting
output=$(build --cache-from "$cache" -t "$far/team/app:2" --push)
assert_lacks "$output" "STEP RAN"
assert_equal "$(printf '%s\n' "$output" | grep -o '^sha256:[0-9a-f]\{64\}' | tail -n 1)" "$digest"
assert_equal "$(since blobs)" 0 "blobs fetched to be pushed"
at_most up 65536
remove_store "$IBUILD_ROOT"

# A cache that accepts and says nothing: a store that knows everything does not wait for it, also
# where files must be read, for which a user enters a namespace.
export IBUILD_ROOT=$warm
python3 -c '
import socket, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
open("silent.port", "w").write(str(s.getsockname()[1]))
time.sleep(60)' &
servers+=($!)
wait_for test -s silent.port
silent=localhost:$(cat silent.port)/silent:1
for what in "-t app" "-q -o type=tar,dest=out.tar"; do
  start=$(date +%s)
  # shellcheck disable=SC2086
  output=$(ib build --cache-from "$silent" $what ctx 2>&1)
  [ $(($(date +%s) - start)) -lt 5 ] || fail "a cache that nobody needs delays a build ($what)"
  assert_lacks "$output" "no answer"
done
