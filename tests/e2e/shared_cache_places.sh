# as: root
# Keys mean the same for everybody: what one place wrote answers every other one completely, and the
# image is the same bit for bit.
source "$(dirname "$0")/lib.sh"
place=$SOURCE/tests/e2e/place
chmod 755 "$WORK"
mkdir -p ctx/dir base && mkdir -m 777 caches
"$SOURCE/examples/hello/make-rootfs.sh" base/rootfs.tar.zst
cp "$SOURCE/examples/hello/Dockerfile.base" base/Dockerfile
echo 1 >ctx/dir/a && ln -s a ctx/dir/l && chmod 751 ctx/dir
cat >ctx/Dockerfile <<'D'
FROM test/busybox:1 AS build
ARG WHO=me
COPY --chown=3:4 --chmod=640 dir /dir
RUN n=RAN; echo STEP $n; chown -R 5:6 /dir && mknod /null c 1 3 && ln /dir/a /hard && mkfifo /p
FROM test/busybox:1
COPY --from=build /dir /from
RUN n=RAN; echo STEP $n; mkdir -m 2750 /made && chown 77:5 /made && rm /srv -r
USER 5
D
chmod -R a+rX ctx base
cp "$IBUILD" "$WORK/ibuild" && chmod 755 "$WORK/ibuild"
cat >build_it <<'B'
set -e
umask "$2"
export IBUILD_ROOT=$1/store HOME=$1 SOURCE_DATE_EPOCH=1600000000 TZ=$3
cp -rp "$WORK/ctx" "$1/elsewhere"
shift 3
"$WORK/ibuild" build -q -t test/busybox:1 "$WORK/base" >/dev/null
"$WORK/ibuild" build --progress=plain -t t/x "$@" "$HOME/elsewhere" 2>&1
"$WORK/ibuild" images --no-trunc -q t/x
"$WORK/ibuild" prune --everything >/dev/null
B
at() { # PLACE OPTION…: in a store of its own
  local name=$1 home
  shift
  home=$(mktemp -d "$WORK/at-XXXXXX") && chmod 777 "$home"
  if [ "$name" = root ]; then
    WORK=$WORK bash "$WORK/build_it" "$home" 022 UTC "$@"
  else
    WORK=$WORK "$place" "$name" bash "$WORK/build_it" "$home" 077 Asia/Kathmandu "$@"
  fi
}
places="root user one-id random-uid container unconfined"
for writer in root one-id; do
  output=$(at $writer --cache-to "type=local,dest=$WORK/caches/$writer,mode=max")
  assert_has "$output" "STEP RAN"
  chmod -R a+rX caches
  expected=$(echo "$output" | tail -n 1)
  for reader in $places; do
    output=$(at $reader --cache-from "type=local,src=$WORK/caches/$writer")
    assert_lacks "$output" "STEP RAN"
    assert_equal "$(echo "$output" | tail -n 1)" "$expected" "the image at $reader, cached at $writer"
  done
done
