# as: user root
# A store that was carried by cp or tar, as caches of CI do it: what lost owners, modes or files on
# the way is made anew, what came over whole is believed after one look.
source "$(dirname "$0")/lib.sh"
make_base
ib build -q --reproducible -t test/busybox:1 base >/dev/null
mkdir ctx && echo a >ctx/a
cat >ctx/Dockerfile <<'D'
FROM test/busybox:1
COPY --chown=3:4 a /a
RUN mkdir -m 700 /owned && echo 1 > /owned/f && chown -R 77:5 /owned
D
ib build -q --reproducible --iidfile before ctx >/dev/null

# As the user who owns the store, without the rights to what belongs to others.
cp -r "$IBUILD_ROOT" carried 2>copy.log || assert_has "$(cat copy.log)" "Permission denied"
# What was only there as a directory must be built again, bases too.
ib --root "$WORK/carried" build -q --reproducible -t test/busybox:1 base >/dev/null
ib --root "$WORK/carried" build --progress=plain --reproducible --iidfile after ctx >log 2>&1
assert_equal "$(cat after)" "$(cat before)" "image id from a store that lost owners"
ib --root "$WORK/carried" build -q --reproducible -t t/run ctx >/dev/null
seen=$(ib --root "$WORK/carried" run --rm t/run stat -c '%n %a %u:%g' /a /owned /owned/f)
assert_equal "$seen" $'/a 644 3:4\n/owned 700 77:5\n/owned/f 644 77:5' "files of the image"
ib --root "$WORK/carried" build --progress=plain --reproducible ctx >log 2>&1
assert_equal "$(grep -c CACHED log)" 3 "steps cached after one look"
remove_store "$WORK/carried"

is_root || exit 0
# Whole, by one who may read and write everything: nothing is made anew.
cp -a "$IBUILD_ROOT" whole
ib --root "$WORK/whole" build --progress=plain --reproducible --iidfile after ctx >log 2>&1
assert_equal "$(cat after)" "$(cat before)" "image id from a store that came whole"
assert_equal "$(grep -c CACHED log)" 3 "steps cached in a store that came whole"
