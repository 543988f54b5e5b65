# as: root user
# What we push, skopeo copies; what skopeo pushes, in either family of types, we pull and run.
source "$(dirname "$0")/lib.sh"
make_base
start_registry
mkdir ctx
printf 'FROM test/busybox:1\nRUN echo hi > /x && rm /bin/vi\nCMD ["cat","/x"]\n' >ctx/Dockerfile
ib build -q --push -t "$REGISTRY/a/ours:1" ctx >/dev/null
for format in oci v2s2; do
  skopeo copy --quiet --src-tls-verify=false --dest-tls-verify=false --format $format \
    "docker://$REGISTRY/a/ours:1" "docker://$REGISTRY/a/$format:1"
  ib --root "$WORK/empty" pull "$REGISTRY/a/$format:1" >/dev/null
  assert_equal "$(ib --root "$WORK/empty" run "$REGISTRY/a/$format:1")" hi "$format"
  assert_equal "$(ib --root "$WORK/empty" run "$REGISTRY/a/$format:1" sh -c 'ls /bin/vi 2>/dev/null || echo gone')" gone
  remove_store "$WORK/empty"
done
ib build -q -o "type=oci,dest=$WORK/image.tar" ctx >/dev/null
skopeo copy --quiet --dest-tls-verify=false "oci-archive:$WORK/image.tar" "docker://$REGISTRY/a/archive:1"
ib pull "$REGISTRY/a/archive:1" >/dev/null
assert_equal "$(ib run "$REGISTRY/a/archive:1")" hi
