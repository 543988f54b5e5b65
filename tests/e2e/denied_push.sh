# as: root user
# The case that every beginner meets: pushing to a place that is not theirs says what to do.
source "$(dirname "$0")/lib.sh"
make_base
start_registry basic
ib tag test/busybox:1 "$REGISTRY/app:1"
expect_status 1 ib push "$REGISTRY/app:1"
assert_has "$output" "ibuild login $REGISTRY"
expect_status 1 ib push nothing/here:1
assert_has "$output" "ibuild images"
