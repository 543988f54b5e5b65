# as: root user
# images, tag, rmi, inspect, history, prune, info.
source "$(dirname "$0")/lib.sh"
make_base
ib tag test/busybox:1 other/name:2
assert_has "$(ib images)" "other/name"
assert_equal "$(ib images -q test/busybox:1)" "$(ib images -q other/name:2)"
assert_has "$(ib history test/busybox:1)" "ADD rootfs.tar.zst /"
assert_has "$(ib inspect other/name:2)" '"Architecture"'
ib rmi other/name:2 >/dev/null
expect_status 1 ib rmi other/name:2
assert_has "$output" "other/name:2"
expect_status 1 ib inspect other/nam:2
ib run --rm test/busybox:1 true
output=$(ib info)
assert_has "$output" "$IBUILD_ROOT"
ib rmi test/busybox:1 >/dev/null
ib prune --cache >/dev/null
assert_equal "$(ib images -q)" ""
assert_equal "$(find "$IBUILD_ROOT/layers" -mindepth 1 -maxdepth 1 2>/dev/null | wc -l)" 0 "layers left"

# save and load: several images in one archive, which `docker load` can read as well.
make_base
printf 'FROM test/busybox:1\nLABEL a=b\n' | ib build -q -t two/names:1 -t two/more:2 - >/dev/null
ib save -o both.tar test/busybox:1 two/names:1 two/more:2 "$(ib images -q test/busybox:1)"
assert_equal "$(tar xOf both.tar manifest.json | python3 -c 'import json,sys; print([i["RepoTags"] for i in json.load(sys.stdin)])')" \
  "[['test/busybox:1'], ['two/names:1', 'two/more:2']]"
ids=$(ib images -q)
expect_status 1 ib rmi "$(ib images -q two/names:1)"
assert_has "$output" "several names: two/more:2, two/names:1"
ib rmi -f test/busybox:1 "$(ib images -q two/names:1)" >/dev/null
assert_equal "$(ib images -q)" ""
assert_has "$(ib load <both.tar)" "Loaded image: two/more:2"
assert_equal "$(ib images -q)" "$ids"
gzip -k both.tar && ib load -i both.tar.gz >/dev/null
ib save two/more:2 | tar tf - | grep -qx manifest.json || fail "no manifest.json"

# export and import: the files of an image as a tar, and back.
ib export -o files.tar test/busybox:1
ib import files.tar back:1 >/dev/null
cmp <(ib export back:1) files.tar || fail "other files after export and import"
assert_equal "$(ib run back:1 /bin/sh -c 'echo works')" works
ib export test/busybox:1 | gzip | ib import -m "from a pipe" - back:2 >/dev/null
assert_has "$(ib history back:2)" "from a pipe"
expect_status 1 ib import "$SOURCE/tests/e2e/lib.sh" none:1
assert_has "$output" "no tar archive"
