# as: root
# Root and an ordinary user, on stores of their own, get the same image bit for bit.
source "$(dirname "$0")/lib.sh"
user=ibuild-e2e
chmod 755 "$WORK"
mkdir -p ctx/dir base
"$SOURCE/examples/hello/make-rootfs.sh" base/rootfs.tar.zst
cp "$SOURCE/examples/hello/Dockerfile.base" base/Dockerfile
echo a >ctx/dir/a && ln -s a ctx/dir/l && chmod 755 ctx/dir/a
cat >ctx/Dockerfile <<'D'
FROM test/busybox:1
COPY --chown=3:4 dir /dir
RUN echo someone:x:77:77::/:/bin/sh >> /etc/passwd && mkdir -m 2770 /owned && chown 77:5 /owned /bin/vi && touch -d 2030-01-01 /future
RUN rm -rf /srv && mkdir /srv && echo new > /srv/new && chmod 4755 /bin/su
USER someone
WORKDIR /data/deep
D
cp "$IBUILD" "$WORK/ibuild"
build() { # STORE OUT
  SOURCE_DATE_EPOCH=1600000000 "$WORK/ibuild" --root "$1" build -q -t test/busybox:1 "$WORK/base" >/dev/null
  SOURCE_DATE_EPOCH=1600000000 "$WORK/ibuild" --root "$1" build -q -t t/same -o "type=oci,dest=$2" "$WORK/ctx" >/dev/null
  "$WORK/ibuild" --root "$1" images --no-trunc -q t/same
}
chmod -R a+rX ctx base
first=$(build "$WORK/store" "$WORK/root.tar")
mkdir theirs && chown "$user" theirs
second=$(setpriv --reuid=$user --regid=$user --init-groups env HOME="$WORK/theirs" WORK="$WORK" \
  bash -c "$(declare -f build); build \$WORK/theirs/store \$WORK/theirs/user.tar")
setpriv --reuid=$user --regid=$user --init-groups env HOME="$WORK/theirs" \
  "$WORK/ibuild" --root "$WORK/theirs/store" prune --everything >/dev/null
assert_equal "$second" "$first" "image id of the ordinary user"
digest_of() { tar xOf "$1" index.json | grep -o 'sha256:[0-9a-f]*' | head -n 1; }
assert_equal "$(digest_of theirs/user.tar)" "$(digest_of root.tar)" "manifest digest"
