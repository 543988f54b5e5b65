# as: root user
# Several base images of a registry in one build: looked for side by side, each once.
source "$(dirname "$0")/lib.sh"
make_base
start_registry
for name in a b c; do
  printf 'FROM test/busybox:1\nRUN echo %s >/%s\n' $name $name >base/Dockerfile
  ib build -q --push -t "$REGISTRY/$name:1" base >/dev/null
done
mkdir ctx
cat >ctx/Dockerfile <<D
FROM $REGISTRY/a:1 AS one
RUN cat /a
FROM $REGISTRY/b:1
COPY --from=one /a /
COPY --from=$REGISTRY/c:1 /c /
COPY --from=$REGISTRY/c:1 /c /again
RUN cat /a /b /c /again >/all
D
export IBUILD_ROOT=$WORK/other
ib --debug build --progress plain -o type=local,dest=out ctx >log 2>&1
assert_equal "$(tr '\n' ' ' <out/all)" 'a b c c '
for name in a b c; do
  assert_equal "$(grep -c "GET http://$REGISTRY/v2/$name/manifests/1:" log)" 1 "$name is asked for once"
done
ib build -q ctx >/dev/null 2>&1 # all of it is in the store
# One that is missing is told where it is used.
sed -i "s#/c:1 /c /again#/nope:1 /c /#" ctx/Dockerfile
expect_status 1 ib build ctx
assert_has "$output" ">>> COPY --from=$REGISTRY/nope:1"
remove_store "$WORK/other"
