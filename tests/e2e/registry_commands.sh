# as: root user
# Copying, looking, changing and deleting images where they are, and skopeo's and crane's own words.
source "$(dirname "$0")/lib.sh"
make_base
start_registry basic
log_in "$REGISTRY"
printf 'FROM test/busybox:1\nRUN echo one > /one\n' >Dockerfile
ib build -q -t "$REGISTRY/team/app:1.0" . >/dev/null
digest=$(ib push "$REGISTRY/team/app:1.0")

# One request says what a name means; nothing is pulled.
assert_equal "$(ib digest "$REGISTRY/team/app:1.0")" "$digest"
assert_has "$(ib inspect --remote "$REGISTRY/team/app:1.0")" "\"Digest\": \"$digest\""

# To everywhere and back, with its digest.
for place in oci:layout:x oci-archive:a.tar:x dir:plain store:copied:1; do
  ib copy "$REGISTRY/team/app:1.0" "$place" >/dev/null
  if [ "$place" != store:copied:1 ]; then
    assert_equal "$(ib copy "$place" "$REGISTRY/back/app:${#place}")" "$digest" "$place"
  fi
done
assert_has "$(ib images)" "copied"
ib copy --all-tags "$REGISTRY/team/app" "$REGISTRY/mirror/app" >/dev/null
assert_equal "$(ib tags "$REGISTRY/mirror/app")" "1.0"
assert_has "$(ib catalog "$REGISTRY")" "mirror/app"

# Changes that send no layer.
ib mutate "$REGISTRY/team/app:1.0" --entrypoint '["/bin/echo"]' --label k=v -t "$REGISTRY/team/app:2.0" >/dev/null
assert_has "$(ib inspect --remote --config "$REGISTRY/team/app:2.0")" '"Entrypoint":["/bin/echo"]'
expect_status 1 ib diff "$REGISTRY/team/app:1.0" "$REGISTRY/team/app:2.0"
assert_has "$output" "config.Labels.k"
ib diff "$REGISTRY/team/app:1.0" "$REGISTRY/mirror/app:1.0" >/dev/null
mkdir opt && echo extra >opt/extra && tar cf extra.tar opt
ib append "$REGISTRY/team/app:1.0" extra.tar -t "$REGISTRY/team/app:3.0" >/dev/null
ib flatten "$REGISTRY/team/app:3.0" -t "$REGISTRY/team/app:flat" >/dev/null
assert_has "$(ib validate "$REGISTRY/team/app:flat")" "PASS"
assert_equal "$(ib diff --files --format json "$REGISTRY/team/app:3.0" "$REGISTRY/team/app:flat" |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["files"])')" "[]"
assert_equal "$(ib tags --sort version --filter '*.0' "$REGISTRY/team/app" | tr '\n' ' ')" "1.0 2.0 3.0 "

# What refers to what.
echo '{}' >sbom.json
ib attach "$REGISTRY/team/app:1.0" sbom.json:application/json --artifact-type application/x.sbom >/dev/null
assert_has "$(ib referrers "$REGISTRY/team/app:1.0")" "application/x.sbom"
ib copy --referrers "$REGISTRY/team/app:1.0" "$REGISTRY/signed/app:1" >/dev/null
assert_has "$(ib referrers "$REGISTRY/signed/app:1")" "application/x.sbom"
ib artifact push "$REGISTRY/files/x:1" sbom.json >/dev/null
mkdir got && ib artifact pull -o got "$REGISTRY/files/x:1" >/dev/null
cmp sbom.json got/sbom.json

# An index, and a tag that is deleted while the image stays.
ib index create -t "$REGISTRY/multi/app:1" "$REGISTRY/team/app:1.0" >/dev/null
assert_has "$(ib inspect --remote --raw "$REGISTRY/multi/app:1")" "$digest"
ib copy "$REGISTRY/team/app:1.0" "$REGISTRY/team/app:gone" >/dev/null
ib delete "$REGISTRY/team/app:2.0"
expect_status 2 ib digest "$REGISTRY/team/app:2.0"
expect_status 125 ib digest
expect_status 3 ib digest --no-creds "$REGISTRY/team/app:1.0"
expect_status 4 ib digest "localhost:$(free_port)/team/app:1.0"
expect_status 1 ib delete "$REGISTRY/team/app:gone"
assert_has "$output" "1.0"

# Many at once.
cat >sync.yaml <<YAML
$REGISTRY:
  images:
    team/app: ["1.0"]
  images-by-semver:
    mirror/app: ">= 1"
YAML
ib sync sync.yaml --src yaml --dest dir usb >/dev/null
test -f usb/app:1.0/manifest.json

# What is gone is no failure when it is to be gone.
ib delete --with-all-tags "$REGISTRY/mirror/app:1.0"
ib delete "$REGISTRY/mirror/app@$digest"

# Several in one go: all of them, or none.
ib tag "$REGISTRY/team/app:1.0" "$REGISTRY/several/a:1" "$REGISTRY/several/a:2" "$REGISTRY/several/b:1"
assert_equal "$(ib push "$REGISTRY/several/a:1" "$REGISTRY/several/a:2" "$REGISTRY/several/b:1" | sort -u)" "$digest"
assert_equal "$(ib tags "$REGISTRY/several/a" | tr '\n' ' ')" "1 2 "
ib tag "$REGISTRY/team/app:1.0" "$REGISTRY/never/a:1" "localhost:1/never/b:1"
expect_status 1 ib push "$REGISTRY/never/a:1" "localhost:1/never/b:1"
expect_status 2 ib digest "$REGISTRY/never/a:1"

# Other tools' words.
mkdir bin
for tool in skopeo crane docker oras podman; do ln -s "$IBUILD" bin/$tool; done
bin/skopeo copy -q "docker://$REGISTRY/team/app:1.0" dir:bundle
bin/skopeo copy -q dir:bundle "docker://$REGISTRY/in/app:1"
assert_equal "$(bin/skopeo inspect --format '{{.Digest}}' "docker://$REGISTRY/in/app:1")" "$digest"
assert_has "$(bin/skopeo list-tags "docker://$REGISTRY/in/app")" '"1"'
assert_equal "$(bin/skopeo manifest-digest bundle/manifest.json)" "$digest"
assert_equal "$(bin/crane digest "$REGISTRY/in/app:1")" "$digest"
assert_has "$(bin/crane export "$REGISTRY/in/app:1" - | tar t)" "one"
bin/crane tag "$REGISTRY/in/app:1" 2
assert_equal "$(bin/crane ls "$REGISTRY/in/app" | tr '\n' ' ')" "1 2 "
assert_has "$(bin/crane config "$REGISTRY/in/app:2")" '"architecture"'
assert_equal "$(bin/crane manifest "$REGISTRY/in/app:2" | sha256sum)" "${digest#sha256:}  -"
assert_equal "$(ib inspect --remote --raw "$REGISTRY/in/app:2" | sha256sum)" "${digest#sha256:}  -"
bin/skopeo delete "docker://$REGISTRY/in/app:1"
expect_status 1 bin/crane digest "$REGISTRY/in/app:2"
bin/skopeo copy -q --insecure-policy "docker://$REGISTRY/team/app:1.0" docker-archive:one.tar:x/y:1
assert_equal "$(bin/skopeo inspect --format '{{.Architecture}}' docker-archive:one.tar:@0)" amd64
assert_has "$(bin/skopeo inspect --format '{{json .}}' "docker://$REGISTRY/team/app:1.0")" '"1.0"'
bin/oras manifest fetch --descriptor "$REGISTRY/team/app:1.0" | grep -q "$digest"
bin/oras repo tags --no-tty "$REGISTRY/team/app" >/dev/null

# buildx' and docker's words for indexes: a single image becomes an index, an index stays what it is.
bin/docker buildx imagetools create -t "$REGISTRY/tools/app:1" "$REGISTRY/team/app:1.0" >/dev/null
index=$(bin/docker buildx imagetools inspect "$REGISTRY/tools/app:1" --format '{{.Manifest.Digest}}')
assert_equal "$(bin/crane digest "$REGISTRY/tools/app:1")" "$index"
assert_has "$(bin/docker buildx imagetools inspect "$REGISTRY/tools/app:1")" "  Platform:  linux/"
assert_equal "$(bin/docker buildx imagetools inspect --raw "$REGISTRY/tools/app:1" | sha256sum)" \
  "${index#sha256:}  -"
bin/docker buildx imagetools create --annotation index:k=v -t "$REGISTRY/tools/app:2" \
  "$REGISTRY/tools/app:1" >/dev/null
assert_has "$(bin/crane manifest "$REGISTRY/tools/app:2")" '"k": "v"'
bin/docker buildx imagetools create -t "$REGISTRY/tools/copy:1" "$REGISTRY/tools/app:1" >/dev/null
assert_equal "$(bin/crane digest "$REGISTRY/tools/copy:1")" "$index"
bin/docker manifest create --insecure "$REGISTRY/tools/list:1" "$REGISTRY/team/app:1.0" >/dev/null
bin/docker manifest annotate --arch arm64 "$REGISTRY/tools/list:1" "$REGISTRY/team/app:1.0"
bin/docker manifest push -p --insecure "$REGISTRY/tools/list:1" >/dev/null
assert_has "$(bin/docker manifest inspect -v "$REGISTRY/tools/list:1")" '"architecture": "arm64"'

# podman's lists have its short names, and one that is not here is the registry's.
bin/podman pull -q "$REGISTRY/team/app:1.0" >/dev/null
bin/podman manifest create mylist >/dev/null
bin/podman manifest add mylist "containers-storage:$REGISTRY/team/app:1.0" >/dev/null
bin/podman manifest annotate --variant v3 mylist "$REGISTRY/team/app:1.0"
bin/podman manifest push mylist "docker://$REGISTRY/tools/podman:1" >/dev/null
assert_has "$(bin/podman manifest inspect "$REGISTRY/tools/podman:1")" '"variant": "v3"'
bin/podman push -q "$REGISTRY/team/app:1.0" dir:podman-dir
assert_equal "$(bin/skopeo manifest-digest podman-dir/manifest.json)" "$digest"
