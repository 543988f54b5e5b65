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
ib run test/busybox:1 true
output=$(ib info)
assert_has "$output" "$IBUILD_ROOT"
ib rmi test/busybox:1 >/dev/null
ib prune >/dev/null
assert_equal "$(ib images -q)" ""
assert_equal "$(find "$IBUILD_ROOT/layers" -mindepth 1 -maxdepth 1 2>/dev/null | wc -l)" 0 "layers left"
