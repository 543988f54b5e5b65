# as: root user
# -o oci, docker, tar, local, to files and to standard output; --iidfile; -q prints the id.
source "$(dirname "$0")/lib.sh"
make_base
mkdir ctx
printf 'FROM test/busybox:1 AS a\nRUN echo hi > /made\nFROM scratch\nCOPY --from=a /made /made\n' >ctx/Dockerfile
id=$(ib build -q --iidfile id -t t/out:1 -t t/again:2 ctx)
assert_equal "$(cat id)" "$id" "iidfile"
assert_equal "$(ib images -q t/again:2)" "$(ib images -q t/out:1)"
ib build -q -o type=tar,dest=- ctx | tar xOf - made | grep -qx hi || fail "tar on standard output"
ib build -q -o type=local,dest=files ctx >/dev/null
assert_equal "$(cat files/made)" hi
ib build -q -o type=oci,dest=oci.tar -t t/out:1 ctx >/dev/null
assert_equal "$(skopeo inspect --format '{{len .Layers}}' oci-archive:oci.tar)" 1
ib build -q -o type=docker,dest=docker.tar -t t/out:1 ctx >/dev/null
tar xOf docker.tar manifest.json | grep -q '"t/out:1"' || fail "RepoTags"
assert_equal "$(skopeo inspect --format '{{len .Layers}}' docker-archive:docker.tar)" 1
expect_status 125 ib build -o type=nonsense ctx
# Archives are read from pipes, too, however those are named.
assert_equal "$(ib load <oci.tar)" "$(ib load -i <(cat docker.tar))"
assert_equal "$(ib import <(tar c files) | head -c 7)" sha256:
ib copy docker-archive:/dev/stdin oci:piped < <(cat docker.tar) 2>/dev/null

json() { python3 -c "import json,sys; print(json.load(sys.stdin)$1)"; }
mkdir ctx2 && echo amd64 >ctx2/amd64 && echo arm64 >ctx2/arm64
printf 'FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH /arch\n' >ctx2/Dockerfile
# Several outputs of one build; annotations where they are meant; what scripts read of it.
ib build -q --platform linux/amd64,linux/arm64 -t t/two:1 --iidfile iid --metadata-file meta.json \
  --annotation index:listed=all --annotation 'manifest[linux/arm64]:only=arm' \
  -o type=oci,dest=two.tar -o type=oci,dest=two,tar=false -o type=local,dest=both ctx2 >/dev/null
assert_equal "$(skopeo inspect --raw oci-archive:two.tar | json "['annotations']['listed']")" all
assert_equal "$(cat iid)" "sha256:$(skopeo inspect --raw oci-archive:two.tar | sha256sum | cut -d' ' -f1)"
assert_equal "$(json "['containerimage.digest']" <meta.json)" "$(cat iid)"
assert_equal "$(json "['image.name']" <meta.json)" docker.io/t/two:1
cmp <(skopeo inspect --raw oci-archive:two.tar) <(skopeo inspect --raw oci:two) || fail "two forms of one image"
digest=$(skopeo inspect --raw oci-archive:two.tar | json "['manifests'][1]['digest']")
assert_equal "$(json "['annotations']" <"two/blobs/${digest/://}")" "{'only': 'arm'}"
assert_equal "$(cat both/linux_arm64/arch)" arm64
expect_status 125 ib build -q --annotation manifst:a=b ctx2
assert_has "$output" 'did you mean `manifest`'

# rewrite-timestamp: what a step changed is no younger than SOURCE_DATE_EPOCH.
printf 'FROM test/busybox:1\nRUN echo x > /made\n' >ctx/Dockerfile
SOURCE_DATE_EPOCH=1000 ib build -q -o type=tar,dest=old.tar,rewrite-timestamp=true ctx >/dev/null
assert_has "$(TZ=UTC tar tvf old.tar made)" "1970-01-01 00:16"
expect_status 125 ib build -q -o type=tar,dest=old.tar,rewrite-timestamp=true ctx
assert_has "$output" SOURCE_DATE_EPOCH

# Several platforms: a folder for each, unless their files go together.
ib build -q --platform linux/amd64,linux/arm64 -o type=tar,dest=both.tar ctx2 >/dev/null
assert_equal "$(tar xOf both.tar linux_arm64/arch)" arm64
ib build -q -o type=local,dest=one,platform-split=true ctx2 >/dev/null
assert_equal "$(cat one/linux_*/arch)" "$(cat ctx2/"$(ls one | cut -d_ -f2)")"
expect_status 1 ib build -q --platform linux/amd64,linux/arm64 -o type=local,dest=mix,platform-split=false ctx2
assert_has "$output" 'both linux/amd64 and linux/arm64 have /arch'
expect_status 125 ib build -q -o type=oci -o type=tar ctx2
assert_has "$output" 'several outputs go to standard output'
expect_status 125 ib build -q --annotation index:a=b ctx2
assert_has "$output" 'one platform'

# The image in the store has the annotations, too, and what is pushed later.
ib build -q -t t/noted:1 --annotation a=b -o type=image,name=t/noted:2,annotation.c=d ctx2 >/dev/null
assert_equal "$(ib inspect --manifest t/noted:2 | json "['annotations']")" "{'a': 'b', 'c': 'd'}"
ib build -q -o type=image,name=t/packed:1,compression=zstd ctx2 >/dev/null
assert_has "$(ib inspect --manifest t/packed:1)" tar+zstd
start_registry
ib build -q -t "$REGISTRY/named:1" -o "type=image,name=$REGISTRY/also:2,push=true" ctx2 >/dev/null
for name in named:1 also:2; do skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/$name" >/dev/null; done
digest=$(ib build -q -o "type=registry,name=$REGISTRY/bare,push-by-digest=true" ctx2)
skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/bare@$digest" >/dev/null
expect_status 1 ib pull "$REGISTRY/bare"

# --strict: a warning that has a name is an error.
ib build -q --build-arg NOBODY=1 ctx2 >/dev/null
expect_status 1 ib build -q --strict --build-arg NOBODY=1 ctx2
assert_has "$output" UnusedBuildArg
ib build -q --strict ctx2 >/dev/null

# SOURCE_DATE_EPOCH is a build argument, the environment's unless one is given.
printf 'FROM test/busybox:1\nARG SOURCE_DATE_EPOCH\nRUN echo "$SOURCE_DATE_EPOCH" > /made\n' >ctx/Dockerfile
made() { ib build -q -o type=tar,dest=- "$@" ctx | tar xOf - made; }
assert_equal "$(SOURCE_DATE_EPOCH=77 made)" 77
assert_equal "$(SOURCE_DATE_EPOCH=77 made --build-arg SOURCE_DATE_EPOCH=78)" 78
ib build -q --build-arg SOURCE_DATE_EPOCH=1000 -t t/dated ctx >/dev/null
assert_has "$(ib inspect t/dated)" '"Created": "1970-01-01T00:16:40Z"'
