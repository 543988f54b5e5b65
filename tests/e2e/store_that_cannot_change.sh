# as: root
# A store on a read-only file system, and one on a full disk, can be read.
source "$(dirname "$0")/lib.sh"
make_base
ib save -o wanted.tar test/busybox:1
unmount_all() { umount -l "$WORK/ro" "$WORK/full" 2>/dev/null || true; }

reads() { # ROOT
  ib --root "$1" images | grep -q busybox || fail "no images in $1"
  ib --root "$1" inspect test/busybox:1 >/dev/null
  ib --root "$1" history test/busybox:1 >/dev/null
  ib --root "$1" save -o saved.tar --compression uncompressed test/busybox:1
  ib load -q -i saved.tar >/dev/null
}

mkdir ro full
mount --bind "$IBUILD_ROOT" ro
mount -o remount,bind,ro ro
reads "$WORK/ro"
expect_status 1 ib --root "$WORK/ro" tag test/busybox:1 other:1
assert_has "$output" 'Read-only file system'

mount -t tmpfs -o size=64m none full
chmod 700 full
cp -a "$IBUILD_ROOT/." full/
dd if=/dev/zero of=full/cache/filler bs=64k 2>/dev/null || true
reads "$WORK/full"
rm full/cache/filler
