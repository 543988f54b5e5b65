# as: root user
# Called by other tools' names: their words, their flags, and the shapes that scripts read.
source "$(dirname "$0")/lib.sh"
make_base
start_registry
mkdir -p tools ctx
for tool in docker podman buildah executor; do ln -s "$IBUILD" tools/$tool; done
PATH=$WORK/tools:$PATH
cat >ctx/Dockerfile <<'EOF'
FROM test/busybox:1
ARG VERSION=dev
ENV APP=$VERSION EMPTY=
LABEL a=b
RUN echo "version $VERSION" >/version
CMD ["cat", "/version"]
EOF

# docker: words of two, flags that change nothing, one note for what has no effect
docker buildx build --load --rm --force-rm --provenance=false --builder default -t team/app:1 ctx 2>err >/dev/null
assert_lacks "$(cat err)" note:
docker -D --log-level warn image build -q --cpu-shares 5 --cpu-shares 6 -t team/app:1 ctx 2>err >/dev/null
assert_equal "$(grep -c '^note: --cpu-shares has no effect' err)" 1
expect_status 125 docker build --sbom=true ctx
assert_has "$output" "no software bills of materials are made yet"
expect_status 1 docker image lss
assert_has "$output" "did you mean \`docker image ls\`?"

assert_has "$(docker network --help)" "network create"
expect_status 125 docker run --nosuch x
expect_status 1 docker run

# --format, as Docker's users write it
assert_equal "$(docker inspect -f '{{range .Config.Env}}{{println .}}{{end}}' team/app:1 | grep APP)" APP=dev
assert_equal "$(docker image inspect --format '{{json .Config.Cmd}} {{.Config.Entrypoint}}' team/app:1)" \
  '["cat","/version"] []'
assert_equal "$(docker images --format '{{.Repository}}:{{.Tag}}' team/app)" team/app:1
assert_has "$(docker images)" "REPOSITORY"
assert_equal "$(docker images --filter label=a=b --format json | grep -c '"Repository":"team/app"')" 1
expect_status 1 docker inspect --type=image missing/image:1
expect_status 1 docker inspect -f '{{.Nosuch}}' team/app:1
[ -n "$(docker version --format '{{.Server.Version}}')" ] || fail "no version"

# an image without a name lives until it is pruned; by its id it is used like any other
echo x >ctx/more && printf 'COPY more /more\n' >>ctx/Dockerfile
old=$(docker images -q team/app:1)
docker build -q -t team/app:1 ctx >/dev/null
assert_equal "$(docker images | awk '/<none>/ {print $3}')" "$old"
id=$(docker build -q ctx)
assert_equal "$id" "$(docker inspect -f '{{.Id}}' team/app:1)"
docker rmi "$old" | grep -q "^Deleted: sha256:$old" || fail "the image without a name is still there"
printf 'FROM scratch\nLABEL only=this\n' >Only
id=$(docker build -q -f Only ctx)
docker tag "$id" only:1 only:2
docker rmi only:1 only:2 >/dev/null
expect_status 1 docker inspect "$id"
id=$(docker build -q -f Only ctx)
assert_has "$(docker image prune -f --filter until=24h)" "Total reclaimed space:"
docker inspect "$id" >/dev/null
docker image prune -f >/dev/null
expect_status 1 docker inspect "$id"
docker tag team/app:1 other/name:1
expect_status 1 docker rmi "$(docker images -q team/app:1)"
assert_has "$output" "\`-f\` removes them all"

# push: the digest in the last line is the registry's, and `images --digests` has it
docker tag team/app:1 "$REGISTRY/team/app:1" && docker tag team/app:1 "$REGISTRY/team/app:2"
digest=$(docker push "$REGISTRY/team/app:1" | sed -n 's/.*digest: \(sha256:[0-9a-f]*\) .*/\1/p')
wire=$(curl -sI -H 'Accept: application/vnd.oci.image.manifest.v1+json' \
  "http://$REGISTRY/v2/team/app/manifests/1" | tr -d '\r' | sed -n 's/^[Dd]ocker-[Cc]ontent-[Dd]igest: //p')
assert_equal "$digest" "$wire"
assert_has "$(docker images --digests | grep "$REGISTRY")" "$wire"
assert_has "$(docker inspect -f '{{.RepoDigests}}' "$REGISTRY/team/app:1")" "$REGISTRY/team/app@$wire"
assert_equal "$(docker push -a -q "$REGISTRY/team/app" | wc -l)" 2

# podman: short names are localhost's
podman build --layers=false --isolation chroot --format docker -q -t short:1 ctx >/dev/null
assert_equal "$(podman images --format json | grep -c '"localhost/short:1"')" 1
podman image exists short:1
expect_status 1 podman image exists none:1
# …and lists are arrays in its own words
podman volume create data >/dev/null
podman create --name resting --label a=b -p 8080:80 -v data:/data test/busybox:1 true >/dev/null
assert_equal "$(podman ps -a --format json | python3 -c 'import json, sys
(one,) = json.load(sys.stdin)
print(one["Names"], one["Command"], one["Labels"], one["Mounts"], one["Ports"][0]["host_port"], one["State"])')" \
  "['resting'] ['true'] {'a': 'b'} ['/data'] 8080 created"
assert_equal "$(podman volume ls --format json | python3 -c 'import json, sys; print(*(v["Name"] for v in json.load(sys.stdin)))')" data
assert_equal "$(podman network ls --format json | python3 -c 'import json, sys; print(*(n["name"] for n in json.load(sys.stdin)))')" "bridge host none"
podman rm resting >/dev/null && podman volume rm data >/dev/null
podman save -q short:1 | tar xO manifest.json | grep -q '"localhost/short:1"' || fail "not localhost/short:1"
podman push --tls-verify=false short:1 "docker://$REGISTRY/short:1"
curl -sf -H 'Accept: application/vnd.docker.distribution.manifest.v2+json' \
  "http://$REGISTRY/v2/short/manifests/1" | grep -q docker.distribution.manifest.v2 || fail "not Docker's types"

# buildah: a working container, changed step by step
c=$(buildah from test/busybox:1)
assert_equal "$c" busybox-working-container
assert_equal "$(buildah run "$c" -- /bin/sh -c 'echo made >/made; cat /made')" made
assert_equal "$(buildah containers --format '{{.ImageName}} {{.ContainerName}}')" "docker.io/test/busybox:1 $c"
buildah rename "$c" renamed && c=renamed
assert_equal "$(buildah inspect --format '{{.FromImage}} {{.Container}}' "$c")" "docker.io/test/busybox:1 renamed"
assert_equal "$(buildah inspect --type image --format '{{.FromImageID}}' test/busybox:1)" \
  "$(buildah inspect --type container --format '{{.FromImageID}}' "$c")"
buildah copy "$c" ctx/more /copied
buildah config --cmd 'cat /made' --entrypoint '["/bin/busybox"]' --env 'A=b $c' --label l=1 "$c"
buildah commit --rm "$c" result:1 >/dev/null
assert_equal "$(buildah containers -q)" ""
assert_equal "$(buildah inspect --format '{{.OCIv1.config.Cmd}} {{.Docker.config.Env}}' result:1 | grep -c 'cat /made.*A=b \$c')" 1
assert_equal "$(ib run localhost/result:1)" made
assert_lacks "$(docker images)" working
c=$(buildah from scratch) && buildah add "$c" base/rootfs.tar.zst / && buildah commit -q --squash "$c" flat:1 >/dev/null
assert_equal "$(docker inspect -f '{{len .RootFS.Layers}}' localhost/flat:1)" 1
buildah push flat:1 oci:layout:1 && test -f layout/index.json

# kaniko
executor --context "dir://$WORK/ctx" --dockerfile Dockerfile --build-arg VERSION=7 --cache=true \
  --destination "$REGISTRY/kaniko:1" --digest-file digest --snapshot-mode=redo --verbosity debug
assert_has "$(curl -sf -H 'Accept: application/vnd.oci.image.manifest.v1+json' -I \
  "http://$REGISTRY/v2/kaniko/manifests/1")" "$(cat digest)"
executor --context ctx --compression zstd --compression-level 3 --destination "$REGISTRY/kaniko:zstd" \
  --cache --cache-repo "$REGISTRY/kaniko-cache" --digest-file digest
assert_has "$(curl -sf -H 'Accept: application/vnd.oci.image.manifest.v1+json' \
  "http://$REGISTRY/v2/kaniko/manifests/$(cat digest)")" tar+zstd
assert_has "$(curl -sf "http://$REGISTRY/v2/kaniko-cache/tags/list")" latest
expect_status 1 executor --context ctx
assert_has "$output" "there is no destination"

# mistakes
expect_status 125 ib tag only-one
assert_has "$output" "an argument is missing: NAME"
expect_status 1 ib build -f nosuch ctx
assert_has "$output" "there is no nosuch in the current directory"
