# as: root user
# A name leads only to what is complete: a base's layers come with the image that needs them, also
# when no step reads them, and stay whatever happens to the base.
source "$(dirname "$0")/lib.sh"
make_base
start_registry
ib tag test/busybox:1 "$REGISTRY/base:1"
ib push -q "$REGISTRY/base:1" >/dev/null

new_store() {
  [ "$IBUILD_ROOT" = "$WORK/store" ] || remove_store "$IBUILD_ROOT"
  export IBUILD_ROOT=$WORK/$1
}
mkdir ctx
echo text >ctx/file

printf 'FROM %s/base:1\nENV A=b\n' "$REGISTRY" >ctx/Dockerfile
new_store only-env
ib build -q -t app:1 ctx >/dev/null
ib save -o app.tar app:1
ib run app:1 true

printf 'FROM %s/base:1\nCOPY --link file /file\n' "$REGISTRY" >ctx/Dockerfile
new_store only-link
ib build -q -t app:1 ctx >/dev/null
ib save -o app.tar app:1
assert_equal "$(ib run app:1 cat /file)" text

# A base has its name when it has its layers, not before.
printf 'FROM %s/base:1\nENV A=b\n' "$REGISTRY" >ctx/Dockerfile
new_store only-push
ib build -q -t "$REGISTRY/team/app:1" --push ctx >/dev/null
assert_equal "$(ib images -q)" "" "a name points at what is not here"
assert_equal "$(find "$IBUILD_ROOT/blobs" -size +100k)" "" "layers were fetched that the registry has"
ib run "$REGISTRY/team/app:1" true

# A base that is removed while the image is built is part of it all the same.
new_store removed
ib pull -q "$REGISTRY/base:1" >/dev/null
printf 'FROM %s/base:1\nRUN sleep 1\nENV A=b\n' "$REGISTRY" >ctx/Dockerfile
ib build -q -t app:1 ctx >/dev/null &
build=$!
sleep 0.5
ib rmi "$REGISTRY/base:1" >/dev/null 2>&1
ib prune >/dev/null
wait $build || fail "the build fails"
ib save -o app.tar app:1
new_store last
remove_store "$WORK/store"
