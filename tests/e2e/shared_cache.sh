# as: root user
# A machine that has never seen a project builds it from a shared cache: in a registry, in a
# directory, in the image itself. What nobody needs is not fetched; a push of it moves no layer.
source "$(dirname "$0")/lib.sh"
make_base
start_registry
base=$REGISTRY/base:1
ib tag test/busybox:1 "$base" && ib push "$base" >/dev/null 2>&1
mkdir ctx && echo 1 >ctx/file
cat >ctx/Dockerfile <<END
FROM $base AS build
COPY file /file
RUN n=RAN; echo STEP \$n; cat /file >/made
FROM $base
COPY --from=build /made /made
RUN n=RAN; echo STEP \$n; cp /made /twice
CMD ["cat", "/twice"]
END
cache=$REGISTRY/team/app:cache

# fresh NAME: another machine, with another path, umask and time zone.
fresh() {
  export IBUILD_ROOT=$WORK/$1/store TZ=Asia/Kathmandu
  umask 077
  mkdir -p "$WORK/$1"
  cp -rp "$WORK/ctx" "$WORK/$1/elsewhere"
  cd "$WORK/$1"
}
leave() {
  cd "$WORK"
  remove_store "$IBUILD_ROOT"
  umask 022
}
layers_here() { ls "$IBUILD_ROOT/layers" 2>/dev/null | wc -l; }
# What the last step made, of an image that may not be here.
made_by() { printf 'FROM %s\n' "$1" | ib build -q -o type=tar,dest=- - | tar xO twice; }

build() { ib build --progress=plain "$@" 2>&1; }
export IBUILD_ROOT=$WORK/first
output=$(build -t "$REGISTRY/team/app:1" --push --cache-to "$cache,mode=max" \
  --cache-to "type=local,dest=$WORK/dir,mode=max" ctx)
assert_has "$output" "STEP RAN"
digest=$(printf '%s\n' "$output" | grep -o '^sha256:[0-9a-f]\{64\}' | tail -n 1)

fresh registry
output=$(build --cache-from "$cache" -t "$REGISTRY/team/app:2" --push elsewhere)
assert_lacks "$output" "STEP RAN"
assert_has "$output" " 0 blobs sent (0 B)"
assert_equal "$(printf '%s\n' "$output" | grep -o '^sha256:[0-9a-f]\{64\}' | tail -n 1)" "$digest"
assert_equal "$(layers_here)" 0 "layers that nobody needed"
assert_equal "$(made_by "$REGISTRY/team/app:2")" 1 "a layer that came when it was needed"
echo 2 >elsewhere/file
output=$(build --cache-from "$cache" -t app elsewhere)
assert_has "$output" "STEP RAN"
assert_equal "$(made_by app)" 2
leave

fresh directory
output=$(IBUILD_CACHE_FROM="type=local,src=$WORK/dir" ib build --progress=plain -t app elsewhere 2>&1)
assert_lacks "$output" "STEP RAN"
assert_equal "$(layers_here)" 0
ib save -o image.tar app 2>/dev/null
test -s image.tar || fail "no archive of an image whose layers come from a cache"
leave

fresh inline
output=$(build -t "$REGISTRY/team/other:1" --push --cache-to type=inline elsewhere)
assert_has "$output" "STEP RAN"
remove_store "$IBUILD_ROOT"
output=$(build --cache-from "$REGISTRY/team/other:1" -t app elsewhere)
assert_lacks "$output" "STEP RAN"
assert_equal "$(made_by app)" 1
leave

# Caches that are not there, and one that says nothing: a line, no failure, no long wait.
fresh missing
python3 -c '
import socket, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
open("port", "w").write(str(s.getsockname()[1]))
time.sleep(60)' &
servers+=($!)
wait_for test -s port
start=$(date +%s)
output=$(build --cache-from "localhost:$(cat port)/silent:1" --cache-from "type=local,src=nowhere" \
  --cache-from "localhost:1/none:1" --cache-to "type=local,dest=/proc/none" -t app elsewhere)
[ $(($(date +%s) - start)) -lt 30 ] || fail "a cache that says nothing held up the build"
assert_has "$output" "STEP RAN"
assert_has "$output" "no answer within"
assert_has "$output" "nowhere is no directory"
assert_has "$output" "not written"
leave
