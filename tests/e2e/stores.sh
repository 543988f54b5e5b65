# as: root
# The store may be anywhere: where no overlay can be mounted, steps run on copies of their files, which
# is said once, and the image is the same.
source "$(dirname "$0")/lib.sh"
unmount_all() { umount -l "$WORK"/on-two "$WORK"/on-* 2>/dev/null || true; }
mkdir -p base ctx
"$SOURCE/examples/hello/make-rootfs.sh" base/rootfs.tar.zst
cp "$SOURCE/examples/hello/Dockerfile.base" base/Dockerfile
echo a >ctx/a
cat >ctx/Dockerfile <<'D'
FROM test/busybox:1 AS one
RUN mkdir /made && echo 1 > /made/f && ln /made/f /made/g && rm -r /srv && chown 5:6 /bin/vi
COPY a /made/a
RUN rm /made/g && echo 2 >> /made/a && mkdir /srv && touch -d 2001-01-01 /srv
FROM test/busybox:1
COPY --from=one /made /copied
RUN --mount=type=cache,target=/c --mount=type=secret,id=s,required=true --mount=type=bind,target=/b \
    cat /run/secrets/s /b/a > /got && echo kept >> /c/f && cp /c/f /cached
# Views of layers, one of them to be written for the time of the step.
RUN --mount=type=bind,target=/b,rw --mount=type=bind,from=one,source=/bin,target=/other/bin,rw \
    --mount=type=bind,from=one,source=/etc/passwd,target=/users,rw --mount=type=bind,from=one,target=/all \
    echo new >> /b/a && rm /other/bin/vi && echo me >> /users && test -e /all/bin/vi && \
    stat -c '%n %u %g %a' /b/a /other/bin /all/bin/vi /users > /seen && tail -n 1 /users >> /seen
D
echo hidden >secret
build() { # STORE
  export SOURCE_DATE_EPOCH=1600000000
  ib --root "$1" build -q -t test/busybox:1 base >/dev/null
  ib --root "$1" build --secret id=s,src=secret -t t/x ctx 2>log >/dev/null || fail "$(cat log)"
  ib --root "$1" images --no-trunc -q t/x
}
expected=$(build "$WORK/plain")
assert_lacks "$(cat log)" "on copies of their files"
mkdir -p lower upper work upper2 work2 on-overlay on-tmpfs
mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work overlay on-overlay
assert_equal "$(build "$WORK/on-overlay/store")" "$expected" "the store on an overlay"
assert_equal "$(grep -c "on copies of their files" log)" 1 "said once"
mkdir on-overlay/lower on-two # overlayfs stacks two, not three
mount -t overlay -o lowerdir=on-overlay/lower,upperdir=upper2,workdir=work2 overlay on-two
assert_equal "$(build "$WORK/on-two/store")" "$expected" "the store on an overlay on an overlay"
mount -t tmpfs -o noexec,nodev none on-tmpfs
assert_equal "$(build "$WORK/on-tmpfs/store")" "$expected" "the store on a tmpfs with noexec and nodev"
# The same by chroot, where nothing can be mounted at all.
IBUILD_ISOLATION=chroot
export IBUILD_ISOLATION
assert_equal "$(build "$WORK/chroot")" "$expected" "by chroot"
[ -z "$(find "$WORK/chroot" -name secrets)" ] || fail "a secret was left in the store"
# It runs nothing where nothing may be run, and has no devices where there are none.
ib --root "$WORK/on-tmpfs/chroot" build -q -t test/busybox:1 base >/dev/null
expect_status 1 "$IBUILD" --root "$WORK/on-tmpfs/chroot" build --secret id=s,src=secret ctx
assert_has "$output" "mounted with noexec"
assert_has "$output" "hint: put it elsewhere with --root DIR"
mount -o remount,exec,nodev on-tmpfs
assert_equal "$(build "$WORK/on-tmpfs/chroot")" "$expected" "by chroot on a tmpfs with nodev"
assert_equal "$(grep -c "cannot open /dev/null and its kin.*--root DIR" log)" 1 "said once"
# Nothing that a step leaves behind stays.
printf 'FROM test/busybox:1\nRUN sleep 4321 & sleep 0.2\n' >ctx/Dockerfile
ib --root "$WORK/chroot" build ctx >/dev/null 2>&1
! pgrep -f 'sleep 4321' >/dev/null || fail "a process was left behind"
for store in plain on-two/store on-overlay/store on-tmpfs/store on-tmpfs/chroot chroot; do remove_store "$WORK/$store"; done
