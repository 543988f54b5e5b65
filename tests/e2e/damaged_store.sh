# as: root user
# One image whose manifest is damaged: it is shown as such, hinders no other, and can be removed.
source "$(dirname "$0")/lib.sh"
make_base
ib tag test/busybox:1 good:1
mkdir ctx && printf 'FROM test/busybox:1\nENV A=b\n' >ctx/Dockerfile
ib build -q -t bad:1 ctx >/dev/null
manifest=$(python3 -c 'import json, sys
for entry in json.load(open(sys.argv[1]))["manifests"]:
    if "bad" in entry["annotations"]["org.opencontainers.image.ref.name"]: print(entry["digest"][7:])' "$IBUILD_ROOT/index.json")

for damage in changed gone; do
  file=$IBUILD_ROOT/blobs/sha256/$manifest
  [ $damage = gone ] || { chmod u+w "$file" && echo x >"$file"; }
  listed=$(ib images 2>/dev/null)
  assert_has "$(grep '^bad' <<<"$listed")" '<damaged>'
  assert_lacks "$(grep '^good' <<<"$listed")" '<damaged>'
  assert_equal "$(ib images -q 2>/dev/null | wc -l)" 2
  ib run good:1 true
  ib save -o good.tar good:1
  ib tag good:1 other:1 && ib rmi other:1 >/dev/null 2>&1
  expect_status 1 ib save -o bad.tar bad:1
  assert_has "$output" 'is missing'
  expect_status 125 ib run bad:1 true
  assert_lacks "$output" docker.io
done
ib rmi bad:1 >/dev/null 2>&1
assert_lacks "$(ib images)" bad
ib build -q -t bad:1 ctx >/dev/null
assert_lacks "$(ib images)" '<damaged>'
