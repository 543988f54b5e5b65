# as: root
# Keys are equal on every machine: root and an ordinary user, under other paths, umasks and time
# zones, hit each other's cache completely, from a directory that both write.
source "$(dirname "$0")/lib.sh"
user=ibuild-e2e
chmod 755 "$WORK"
mkdir -p base ctx/dir
"$SOURCE/examples/hello/make-rootfs.sh" base/rootfs.tar.zst
cp "$SOURCE/examples/hello/Dockerfile.base" base/Dockerfile
echo a >ctx/dir/a && ln -s a ctx/dir/l && chmod 644 ctx/dir/a
cat >ctx/Dockerfile <<'D'
FROM test/busybox:1 AS build
ARG WHO=nobody
COPY --chown=3:4 dir /dir
RUN echo STEP' 'RAN; echo $WHO >/who; chown 77:5 /who
FROM test/busybox:1
COPY --from=build /who /who
RUN --mount=type=bind,from=build,source=/dir,target=/dir echo STEP' 'RAN; cat /dir/l >/l
WORKDIR /data/deep
D
cp "$IBUILD" "$WORK/ibuild"
mkdir -m 777 cache
chmod -R a+rX ctx base
build() { # STORE CONTEXT WHO
  SOURCE_DATE_EPOCH=1600000000 "$WORK/ibuild" --root "$1" build -q -t test/busybox:1 "$WORK/base" >/dev/null
  "$WORK/ibuild" --root "$1" build --progress=plain --cache-from "type=local,src=$WORK/cache" \
    --cache-to "type=local,dest=$WORK/cache,mode=max" -t app --build-arg WHO="$3" "$2" 2>&1
}
as_user() { # COMMAND
  setpriv --reuid=$user --regid=$user --init-groups env HOME="$WORK/theirs" WORK="$WORK" \
    TZ=Pacific/Chatham bash -c "umask 000; $(declare -f build); $1"
}
mkdir theirs && chown "$user" theirs

assert_has "$(build "$WORK/store" "$WORK/ctx" root 2>&1)" "STEP RAN"
chmod -R a+rwX cache # for two to write there
as_user 'cp -r $WORK/ctx $WORK/theirs/elsewhere; chmod -R go-w,a+rX $WORK/theirs/elsewhere'
assert_lacks "$(as_user 'build $WORK/theirs/store $WORK/theirs/elsewhere root')" "STEP RAN"
assert_has "$(as_user 'build $WORK/theirs/store $WORK/theirs/elsewhere user')" "STEP RAN"
assert_lacks "$(TZ=America/Caracas build "$WORK/third" "$WORK/ctx" user)" "STEP RAN"
as_user '$WORK/ibuild --root $WORK/theirs/store prune --everything >/dev/null'
remove_store "$WORK/third"
