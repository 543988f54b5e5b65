#!/usr/bin/env bash
# run.sh MODE: all conformance cases against goldens recorded from Docker, as `root` or as `user`
# (an ordinary user made for the tests). Wants IBUILD (the program) and SOURCE (the source tree).
set -euo pipefail
mode=$1
[ "$(id -u)" = 0 ] || exec sudo --preserve-env=IBUILD,SOURCE "$0" "$@"
work=$(mktemp -d /tmp/ibuild-conformance.XXXXXX)
chmod 755 "$work"
as=()
cleanup() {
  "${as[@]}" env HOME="$work/home" "$work/ibuild" --root "$work/store" prune --everything >/dev/null 2>&1
  rm -rf "$work"
}
trap cleanup EXIT
cp "$IBUILD" "$work/ibuild"
cp -r "$SOURCE/tests/conformance" "$work/kit"
cp -r "$SOURCE/testdata/conformance" "$work/cases"
mkdir "$work/home" "$work/tmp"
chmod -R a+rX "$work"
if [ "$mode" = user ]; then
  as=("$SOURCE/tests/e2e/place" user)
  "${as[@]}" true # it makes the user
  chown -R ibuild-e2e "$work"
  as+=(env -i)
fi
busybox=$(command -v busybox)
status=0
"${as[@]}" env HOME="$work/home" TMPDIR="$work/tmp" PYTHONDONTWRITEBYTECODE=1 PATH="$PATH:/usr/sbin:/sbin" \
  python3 "$work/kit/kit.py" run --registry builtin -j "$(nproc)" --set "$work/cases" \
  --busybox "$busybox" --work "$work/tmp" --bases "$work/bases" \
  --build "$work/ibuild --root $work/store build -f {dockerfile} -t {tag} {flags} -o type=oci,dest={out} {context}" \
  >"$work/report" 2>&1 || status=$?
sed '/^PASS/d' "$work/report"
failed=$(grep -o '^FAIL [^:]*' "$work/report" | cut -d' ' -f2 | sort)
expected=$(grep -o '^| `[a-z0-9-]*`' "$work/kit/deviations.md" | tr -d '|` ' | sort)
[ "$status" -le 1 ] || exit "$status"
if [ "$failed" != "$expected" ]; then
  echo "cases that differ from Docker: ${failed:-none}; deviations.md says: ${expected:-none}" >&2
  exit 1
fi
