# as: root user
# Cache mounts that leave the machine: with a build and by hand; little is sent the second time, a mount
# comes only when a step needs it, and one that cannot be had costs a line.
source "$(dirname "$0")/lib.sh"
make_base
start_registry
mkdir ctx && echo 1 >ctx/file
cat >ctx/Dockerfile <<'D'
FROM test/busybox:1
COPY file /file
RUN --mount=type=cache,id=words,target=/words --mount=type=cache,id=home:keys,target=/keys \
  n=RAN; echo STEP $n with $(cat /words/list 2>/dev/null | wc -l) and $(ls /keys | wc -l); \
  cat /file >>/words/list; touch /keys/key; chown 12:34 /words/list; chmod 640 /words/list
D
build() { ib build --progress=plain -t app "$@" ctx 2>&1; }
export_base() { ib save -o base.tar test/busybox:1 2>/dev/null; }
export_base
# fresh NAME: another machine, which has the base only.
fresh() {
  export IBUILD_ROOT=$WORK/$1
  ib load -q -i base.tar >/dev/null 2>&1
}
leave() { remove_store "$IBUILD_ROOT"; }

for cache in "$REGISTRY/team/app:cache" "type=local,dest=$WORK/dir"; do
  from=${cache/dest=/src=}
  fresh first
  output=$(build --cache-to "$cache,mounts=all")
  assert_has "$output" "STEP RAN with 0 and 0"
  assert_has "$output" "1 cache mounts"
  leave

  # Nothing runs, nothing comes; then a step runs and finds what the other machine left.
  fresh second
  output=$(build --cache-from "$from")
  assert_lacks "$output" "STEP RAN"
  assert_lacks "$output" "fetch cache mount"
  echo 2 >ctx/file
  output=$(build --cache-from "$from" --cache-to "$cache,mounts=words")
  assert_has "$output" "STEP RAN with 1 and 0"
  assert_has "$output" "fetch cache mount words"
  leave
  echo 1 >ctx/file
done

# Who wants none gets none.
fresh third
echo 3 >ctx/file
output=$(build --cache-from "type=local,src=$WORK/dir,mounts=none")
assert_has "$output" "STEP RAN with 0 and 0"
leave
echo 1 >ctx/file

# By hand, to and fro; the owner and the mode are kept.
fresh hand
assert_has "$(ib cache ls "$REGISTRY/team/app:cache")" words
ib cache import --mount words "$REGISTRY/team/app:cache" 2>/dev/null
assert_has "$(ib cache ls)" words
output=$(ib cache export --mount words "$WORK/by-hand" 2>/dev/null)
assert_has "$output" "sent"
assert_equal "$(ib cache export --mount words "$WORK/by-hand" 2>/dev/null | cut -d' ' -f1)" 0 "sent twice"
leave
fresh other
ib cache import "$WORK/by-hand" 2>/dev/null
cat >look <<'D'
FROM test/busybox:1
RUN --mount=type=cache,id=words,target=/words cat /words/list; stat -c '%u:%g %a' /words/list
D
output=$(ib build --progress=plain -f look ctx 2>&1)
assert_has "$output" "12:34 640"
expect_status 1 ib cache export --mount none "$WORK/by-hand"
assert_has "$output" "no cache mount"
expect_status 1 ib cache import --mount none "$WORK/by-hand"
assert_has "$output" "has no cache mount"
expect_status 125 ib cache export "$WORK/by-hand"
leave

# The keys of a place count by hand, too; what begins with home: comes and goes when it is named.
fresh chosen
build --no-cache >/dev/null
ib cache export "$WORK/keyed,mounts=all" >/dev/null 2>&1
assert_equal "$(ib cache ls --format json "$WORK/keyed" | wc -l)" 1 "what goes unasked"
mkdir "$WORK/here" && (cd "$WORK" && ib cache export "here,mounts=all") >/dev/null 2>&1
assert_equal "$(ib cache ls --format json "$WORK/here" | wc -l)" 1 "a directory without a slash"
ib cache export --mount home:keys "type=local,dest=$WORK/keyed,mounts=words" >/dev/null 2>&1
assert_equal "$(ib cache ls --format json "$WORK/keyed" | wc -l)" 2 "what goes when it is named"
leave
fresh taking
expect_status 1 ib cache import "$WORK/keyed,mounts=lost"
expect_status 125 ib cache import "$WORK/keyed,mounts=none"
ib cache import "$WORK/keyed" 2>/dev/null
assert_lacks "$(ib cache ls)" home:keys
ib cache import "$WORK/keyed,mounts=home:keys" 2>/dev/null
assert_has "$(ib cache ls)" home:keys
leave
fresh one
ib cache import "type=local,src=$WORK/keyed,mounts=home:keys" 2>/dev/null
assert_lacks "$(ib cache ls)" words
leave

# What cannot be had: the step runs with an empty mount, and a line says why.
fresh damaged
find by-hand/blobs -type f -exec truncate -s -3 {} +
output=$(ib build --progress=plain --cache-from "type=local,src=$WORK/by-hand" -t app ctx 2>&1)
assert_has "$output" "STEP RAN with 0 and 0"
assert_has "$output" "not brought along"
