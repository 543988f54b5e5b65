# as: root
# Whoever can start a process builds, and gets what root gets: same images bit for bit from every
# place that tests/e2e/place knows.
source "$(dirname "$0")/lib.sh"
place=$SOURCE/tests/e2e/place
chmod 755 "$WORK"
mkdir -p ctx/dir base plain
"$SOURCE/examples/hello/make-rootfs.sh" base/rootfs.tar.zst
cp "$SOURCE/examples/hello/Dockerfile.base" base/Dockerfile
echo a >ctx/dir/a && ln -s a ctx/dir/l && mkfifo ctx/dir/fifo && chmod 755 ctx/dir/a
cat >ctx/Dockerfile <<'D'
FROM test/busybox:1
COPY --chown=3:4 dir /dir
RUN echo someone:x:77:77::/:/bin/sh >> /etc/passwd && mkdir -m 2770 /owned && chown 77:5 /owned /etc/group && touch -d 2030-01-01 /future
RUN rm -rf /srv && mkdir /srv && echo new > /srv/new && echo x > /bin/tool && chown 4:4 /bin/tool && chmod 6755 /bin/tool && chown -h 8:9 /dir/l && ln /srv/new /srv/again
RUN touch /owned/inherits && mkdir /owned/too && mkfifo /p && chown 6:7 /p && mv /dir/a /dir/b
# What was recorded is seen again, by stat(2) and by id(1); a recorded file can go back to root.
RUN test "$(stat -c %u:%g /owned)" = 77:5 && test "$(stat -c %u:%g /dir/l /p | tr '\n' ' ')" = "8:9 6:7 " && chown 0:0 /etc/group
RUN test "$(stat -c %u:%g /etc/group)" = 0:0 && test "$(stat -c %g /owned/inherits)" = 5
RUN mkdir -m 777 /open && su someone -c 'id -u > /open/uid && mkdir /open/dir && ln -s x /open/link' && test "$(cat /open/uid)" = 77 && test "$(stat -c %u /open/dir)" = 77
USER someone
RUN test "$(id -u):$(id -g)" = 77:77 && touch /open/mine && test "$(stat -c %u:%g /open/mine)" = 77:77
USER root
# Device nodes are kept wherever the kernel makes none, and move; an ordinary user may not make them.
RUN mknod -m 640 /null c 1 3 && chown 3:4 /null && mknod /loop b 7 0 && mv /loop /loop0 && chmod 604 /loop0
RUN ! su someone -c "mknod /open/node c 1 3" && mv /null /open/ && rm /loop0
RUN --mount=type=secret,id=s,target=/secret,uid=77,gid=5,mode=0440 test "$(stat -c %u:%g:%a /secret)" = 77:5:440
# GNU's cp sets modes as access control lists.
COPY gnu /gnu
RUN /gnu/ld-linux* --library-path /gnu /gnu/cp -a /open/null /open/copied && rm -r /gnu
WORKDIR /data/deep
D
mkdir ctx/gnu
# shellcheck disable=SC2046
cp -L "$(command -v cp)" $(ldd "$(command -v cp)" | grep -o '/[^ ]*') ctx/gnu/
cat >plain/Dockerfile <<'D'
FROM test/busybox:1
COPY --chown=3:4 --chmod=700 base/Dockerfile /opt/a
COPY --chown=12:34 ctx/dir /opt/dir
WORKDIR /opt/deep
ENV A=b
USER 5
D
# Where tmpfs has no user attributes (before Linux 6.6), one id shows no owners of secrets.
python3 -c 'import os, tempfile; os.setxattr(tempfile.NamedTemporaryFile(dir="/dev/shm").name, "user.x", b"1")' 2>/dev/null ||
  sed -i '/--mount=type=secret/d' ctx/Dockerfile
chmod -R a+rX ctx base plain
find ctx base plain -exec touch -h -d 2020-02-02 {} + # long before any step
cp "$IBUILD" "$WORK/ibuild" && chmod 755 "$WORK/ibuild"
# Prints the digests of the manifests that are built, by a program in a store of its own.
cat >build_all <<'B'
set -e
export IBUILD_ROOT=$1/store HOME=$1 SOURCE_DATE_EPOCH=1600000000
one() { # NAME CONTEXT OPTION…
  local name=$1 context=$2
  shift 2
  echo hush >"$IBUILD_ROOT/../secret"
  "$WORK/ibuild" build -q -t "$name" --secret "id=s,src=$IBUILD_ROOT/../secret" -o "type=oci,dest=$IBUILD_ROOT/../out.tar" "$@" "$context" >/dev/null
  tar xOf "$IBUILD_ROOT/../out.tar" index.json | grep -o 'sha256:[0-9a-f]*' | head -n 1
}
"$WORK/ibuild" build -q -t test/busybox:1 "$WORK/base" >/dev/null
[ "$2" = plain ] || one t/full "$WORK/ctx"
one t/plain "$WORK" -f "$WORK/plain/Dockerfile"
"$WORK/ibuild" prune --everything >/dev/null
B
in_place() { # NAME WHAT
  local home=$WORK/at-$1
  mkdir -p "$home" && chmod 777 "$home"
  WORK=$WORK "$place" "$1" bash "$WORK/build_all" "$home" "$2"
}
mkdir -p at-root
expected=$(WORK=$WORK bash build_all "$WORK/at-root" all)
assert_has "$expected" sha256:
assert_equal "$(IBUILD_ISOLATION=chroot WORK=$WORK bash build_all "$WORK/at-root" all)" "$expected" "root by chroot"
for name in user one-id random-uid no-new-privs container podman unconfined; do
  assert_equal "$(in_place $name all)" "$expected" "digests at $name"
done
# Without namespaces an ordinary user runs no commands, nor does root without rights; all else works.
for name in container-user powerless; do
  assert_equal "$(in_place $name plain)" "$(echo "$expected" | tail -n 1)" "digests at $name"
done
mkdir -p at-refused && chmod 777 at-refused
refused=("$place" container-user env HOME="$WORK/at-refused" IBUILD_ROOT="$WORK/at-refused/store" "$WORK/ibuild")
"${refused[@]}" build -q -t test/busybox:1 base >/dev/null
expect_status 1 "${refused[@]}" build ctx
assert_has "$output" "seccomp=unconfined"
