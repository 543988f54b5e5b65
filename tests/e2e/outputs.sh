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
