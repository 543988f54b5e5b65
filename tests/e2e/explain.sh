# as: root user
# Why a step ran, on the screen and afterwards; what steps wrote; what the cache holds, and a prune
# that takes the old of it.
source "$(dirname "$0")/lib.sh"
make_base
mkdir ctx && echo 1 >ctx/file
cat >ctx/Dockerfile <<'D'
FROM test/busybox:1
ARG WHO=nobody
COPY file /file
RUN --mount=type=cache,id=the-volume,target=/c echo said by $WHO; date >/c/x
D
build() { ib build --progress=plain --explain -t app "$@" ctx 2>&1; }
assert_has "$(build)" "this step has not been built here before"
assert_lacks "$(build)" "not cached"
echo 2 >ctx/file
assert_has "$(build)" "not cached: files of the context changed: file (content)"
assert_has "$(build --build-arg WHO=you)" 'not cached: ARG WHO was "nobody", now "you"'
chmod 600 ctx/file
assert_has "$(build)" "file (mode 600, was 644)"

assert_has "$(ib explain)" "file (mode 600, was 644)"
assert_has "$(ib explain --format json)" '"title": "[2/3] COPY file /file"'
assert_equal "$(ib builds --format json | wc -l)" 6 "builds that the store remembers"
who=$(ib builds --format json | sed -n 2p | sed 's/.*"build":"\([^"]*\)".*/\1/')
assert_has "$(ib explain "$who")" "ARG WHO"
assert_has "$(ib builds logs "$who")" "said by you"
expect_status 1 ib explain none
assert_has "$output" "ibuild builds"

# The build with --build-arg against the latest, whose file has another mode.
output=$(ib compare "$who")
assert_has "$output" "file (mode 600, was 644)"
assert_has "$output" 'ARG WHO was "you", now "nobody"'
assert_has "$(ib compare "$who" --format json)" '"title": "[2/3] COPY file /file"'
assert_has "$(ib compare "$who" "$who")" "both were made of the same"
expect_status 1 ib compare none

assert_has "$(ib du -v)" "mount id=the-volume"
assert_has "$(ib du -v)" "COPY file /file"
assert_has "$(ib prune --filter until=24h)" "0 cache records"
assert_lacks "$(build)" "not cached"
find "$IBUILD_ROOT/cache" -type f -exec touch -d '2 days ago' {} +
ib prune --filter until=24h >/dev/null
assert_has "$(build)" "its record was pruned on "
assert_has "$(ib prune --max-used-space 1g --dry-run)" "0 cache records"
expect_status 125 ib prune --filter until=tomorrow
IBUILD_PRUNE=max-used-space=1k ib build -q -t app ctx >/dev/null
wait_for bash -c '[ -e "$IBUILD_ROOT/builds/pruned" ] && grep -q max-used-space "$IBUILD_ROOT/builds/pruned"'
