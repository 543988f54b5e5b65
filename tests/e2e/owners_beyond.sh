# as: root user one-id
# Owners above the ids that there are, wherever they come from: right where owners are recorded or
# real, and one error that says what to look at where a range of ids ends below them.
source "$(dirname "$0")/lib.sh"
mkdir -p base ctx
python3 - <<'P'
import io, tarfile

def archive(name, **files):
    with tarfile.open(name, "w") as tar:
        for path, text in files.items():
            entry = tarfile.TarInfo(path)
            entry.size, entry.uid, entry.gid = len(text), 70000000, 70000001
            tar.addfile(entry, io.BytesIO(text.encode()))

archive("ctx/a.tar", far="far\n")
archive("context.tar", Dockerfile="FROM scratch\nCOPY far /out/\n", far="far\n")
P
echo plain >ctx/plain
printf 'FROM scratch\nADD a.tar /out/\n' >ctx/add
printf 'FROM scratch\nCOPY --chown=70000000:70000001 plain /out/far\n' >ctx/chown
printf 'FROM test/far:1\nCOPY --from=test/far:1 /out /out\n' >ctx/from
# An image with such owners, made without unpacking anything.
mkdir -p layout/blobs/sha256
python3 - <<'P'
import hashlib, io, json, tarfile

def blob(data, kind):
    name = hashlib.sha256(data).hexdigest()
    open("layout/blobs/sha256/" + name, "wb").write(data)
    return {"mediaType": "application/vnd.oci.image." + kind, "digest": "sha256:" + name, "size": len(data)}

raw = io.BytesIO()
with tarfile.open(fileobj=raw, mode="w") as tar:
    entry = tarfile.TarInfo("out/far")
    entry.size, entry.uid, entry.gid = 4, 70000000, 70000001
    tar.addfile(entry, io.BytesIO(b"far\n"))
layer = blob(raw.getvalue(), "layer.v1.tar")
config = blob(json.dumps({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {
    "type": "layers", "diff_ids": [layer["digest"]]}}).encode(), "config.v1+json")
manifest = blob(json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                            "config": config, "layers": [layer]}).encode(), "manifest.v1+json")
json.dump({"schemaVersion": 2, "manifests": [manifest]}, open("layout/index.json", "w"))
json.dump({"imageLayoutVersion": "1.0.0"}, open("layout/oci-layout", "w"))
P
# `user` has a range of ids; root has all of them, one id records them.
ranged() { ! is_root && grep -q "^$(id -un):" /etc/subuid; }
check() { # NAME BUILD-ARGUMENT…
  local name=$1
  shift
  rm -f out.tar
  if ! ranged; then
    ib build -q -o type=tar,dest=out.tar "$@" >/dev/null
    assert_has "$(tar tvf out.tar --numeric-owner)" "70000000/70000001"
    return
  fi
  expect_status 1 "$IBUILD" build -o type=tar,dest=out.tar "$@"
  assert_has "$output" "change owner to 70000000:70000001"
  assert_has "$output" "hint: the id is outside the range that this user namespace has: see /etc/subuid"
  [ ! -e out.tar ] || fail "$name left an output"
}
check ADD -f ctx/add ctx
check COPY -f ctx/chown ctx
check "a base layer" --build-context "test/far:1=oci-layout://$WORK/layout" -f ctx/from ctx
check "a tar context" - <context.tar
