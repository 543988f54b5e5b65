# as: root user
# A base image that was damaged in the store: an honest error once, then it is fetched again.
source "$(dirname "$0")/lib.sh"
make_base
start_registry
ib tag test/busybox:1 "$REGISTRY/b:1"
ib push -q "$REGISTRY/b:1" >/dev/null
mkdir ctx && printf 'FROM %s/b:1\nRUN ["/bin/true"]\n' "$REGISTRY" >ctx/Dockerfile

digest_of() { # FILE PATH: a digest in a JSON document
  python3 -c 'import json, sys
here = json.load(open(sys.argv[1]))
for step in sys.argv[2].split("."): here = here[int(step) if step.isdigit() else step]
print(here["digest"].removeprefix("sha256:"))' "$@"
}

for what in manifest config layer; do
  export IBUILD_ROOT=$WORK/store-$what
  ib pull -q "$REGISTRY/b:1" >/dev/null
  blobs=$IBUILD_ROOT/blobs/sha256
  manifest=$(digest_of "$IBUILD_ROOT/index.json" manifests.0)
  case $what in
    manifest) victim=$manifest ;;
    config) victim=$(digest_of "$blobs/$manifest" config) ;;
    layer) victim=$(digest_of "$blobs/$manifest" layers.0) ;;
  esac
  chmod u+w "$blobs/$victim"
  printf '\377' | dd of="$blobs/$victim" bs=1 seek=100 conv=notrunc status=none
  expect_status 1 ib build ctx
  assert_has "$output" "blob sha256:$victim: its content has the digest"
  assert_has "$output" 'what is damaged was set aside'
  assert_has "$output" '>>> '
  ib build -q ctx >/dev/null 2>&1 || fail "the damaged $what was not fetched again"
  remove_store "$IBUILD_ROOT"
done
