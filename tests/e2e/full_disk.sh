# as: root
# A full disk ends in one clear error and a store that the next build can use.
source "$(dirname "$0")/lib.sh"
mkdir small && mount -t tmpfs -o size=24m tmpfs small
unmount_all() { umount -l "$WORK/small"; }
export IBUILD_ROOT=$WORK/small/store
make_base
printf 'FROM test/busybox:1\nRUN head -c 60m /dev/urandom > /big\n' >Dockerfile
expect_status 1 ib build .
assert_has "$output" "No space left"
head -c 40m /dev/urandom >big
printf 'FROM test/busybox:1\nCOPY big /big\n' >Dockerfile
expect_status 1 ib build .
assert_has "$output" "No space left"
assert_has "$output" "prune"
printf 'FROM test/busybox:1\nRUN echo fits > /x\nCMD ["cat","/x"]\n' >Dockerfile
ib build -q -t t/fits . >/dev/null
assert_equal "$(ib run t/fits)" fits
