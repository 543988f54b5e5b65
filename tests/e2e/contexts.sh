# as: root user
# Where a build's files and its Dockerfile may come from.
source "$(dirname "$0")/lib.sh"
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b

# files WHAT: builds with the arguments given and compares the names in the image.
files() {
  local wanted=$1
  shift
  rm -f out.tar
  ib build -q -o type=tar,dest=out.tar "$@" >/dev/null
  assert_equal "$(tar tf out.tar | sort | tr '\n' ' ')" "$wanted" "files of: $*"
}

mkdir -p dir/sub other
echo 1 >dir/sub/keep && echo 2 >dir/sub/skip
printf 'FROM scratch\nCOPY . /\n' >dir/Dockerfile
printf 'FROM scratch\nCOPY sub /alt\n' >other/Alt
printf 'sub/skip\nDockerfile\n.dockerignore\n' >dir/.dockerignore

# A directory: its ignore file, or the one of the Dockerfile, which may hide the Dockerfile too.
files 'sub/ sub/keep ' dir
files 'alt/ alt/keep ' -f other/Alt dir
files 'alt/ alt/keep ' -f - dir <other/Alt
echo sub/keep >other/Alt.dockerignore
files 'alt/ alt/skip ' -f other/Alt dir
rm other/Alt.dockerignore
printf 'FROM scratch\nCOPY Dockerfile /\n' >other/Hidden
expect_status 1 ib build -f other/Hidden dir
assert_has "$output" '"/Dockerfile": not found'
assert_has "$output" '.dockerignore excludes it'

# Standard input: a tar as it is, whatever compresses it, and without ignoring anything; or a text.
all='.dockerignore Dockerfile sub/ sub/keep sub/skip '
for pack in cat gzip bzip2 xz 'zstd -q'; do
  tar -C dir -c . | $pack >packed
  files "$all" - <packed
done
files 'alt/ alt/keep alt/skip ' -f Alt - < <(tar -c -C dir . -C ../other Alt)
files 'x ' - <<<$'FROM scratch\nCOPY <<E /x\n1\nE'
expect_status 1 ib build - <<<$'FROM scratch\nCOPY x /'
assert_has "$output" '"/x": not found'
expect_status 125 ib build -f - - </dev/null
expect_status 1 ib build - </dev/null

# A server: an archive, a Dockerfile, and the Dockerfile alone.
mkdir web && tar -C dir -czf web/c.tgz . && cp other/Alt web/
printf 'FROM scratch\nCOPY context /\n' >web/Single
port=$(free_port)
python3 "$SOURCE/tests/e2e/web_server.py" "$port" "$WORK/log" "$WORK/web" &
servers+=($!)
wait_for curl -s -o /dev/null "http://127.0.0.1:$port/"
files "$all" "http://127.0.0.1:$port/c.tgz"
files 'context ' "http://127.0.0.1:$port/Single"
files 'alt/ alt/keep ' -f "http://127.0.0.1:$port/Alt" dir
files 'alt/ alt/keep alt/skip ' -f "http://127.0.0.1:$port/Alt" "http://127.0.0.1:$port/c.tgz"

# A repository: ref, folder, submodules; nothing is ignored, a link leads nowhere outside.
git init -q -b main lib && echo l >lib/l && git -C lib add . && git -C lib commit -qm 1
git init -q -b main app && cp -r dir/. app/ && ln -s ../../../../../../etc app/sub/out
gitport=$(free_port)
git daemon --export-all --reuseaddr --listen=127.0.0.1 --port="$gitport" --base-path="$WORK" &
servers+=($!)
wait_for git ls-remote -q "git://127.0.0.1:$gitport/lib"
repository=git://127.0.0.1:$gitport/app
git -C app add -f . && git -C app commit -qm 1 && git -C app tag v1
git -C app submodule -q add "git://127.0.0.1:$gitport/lib" deps/lib && git -C app commit -qm 2
files '.dockerignore Dockerfile sub/ sub/keep sub/out sub/skip ' "$repository#v1"
files '.dockerignore .gitmodules Dockerfile deps/ deps/lib/ deps/lib/.git deps/lib/l sub/ sub/keep sub/out sub/skip ' "$repository"
printf 'FROM scratch\nCOPY . /\n' >other/All
files 'keep out skip ' -f - "$repository#main:sub" <other/All
expect_status 1 ib build "$repository#main:sub/out"
assert_has "$output" 'has no directory'
expect_status 1 ib build "$repository#nope"
assert_has "$output" 'repository does not contain ref nope'

# Arguments that speak to the builder: .git stays; the commit's time is that of the image and files.
rm -f out.tar
ib build -q -o type=tar,dest=out.tar --build-arg BUILDKIT_CONTEXT_KEEP_GIT_DIR=1 "$repository#v1" >/dev/null
tar tf out.tar .git/HEAD >/dev/null || fail 'the image has no .git'
commit_time=$(git -C app log -1 --format=%ct v1)
for value in context source; do
  printf 'FROM scratch AS source\nADD %s#v1 /\nFROM scratch\nCOPY --from=source . /\n' "$repository?mtime=commit" >other/Times
  rm -f out.tar
  ib build -q -o type=tar,dest=out.tar -t t/times --build-arg SOURCE_DATE_EPOCH=$value -f - "$repository#v1" <other/Times >/dev/null
  assert_equal "$(tar --utc --full-time -tvf out.tar sub/keep | awk '{ print $4 " " $5 }')" \
    "$(date -u -d "@$commit_time" '+%F %T')" "time of a file under SOURCE_DATE_EPOCH=$value"
done
ib build -q -t t/times --build-arg SOURCE_DATE_EPOCH=source -f other/Times other >/dev/null
assert_has "$(ib inspect t/times)" "\"$(date -u -d "@$commit_time" '+%FT%TZ')\""
expect_status 1 ib build --build-arg SOURCE_DATE_EPOCH=nobody other -f other/Times
assert_has "$output" 'invalid SOURCE_DATE_EPOCH: nobody'

# A submodule may not reach into this machine's files, nor run what its address says.
for address in "file://$WORK/lib" "$WORK/lib" "ext::touch $WORK/pwned"; do
  git -C app config -f .gitmodules submodule.deps/lib.url "$address"
  git -C app commit -qam "$address"
  expect_status 1 ib build "$repository"
  assert_has "$output" 'not allowed'
  [ ! -e pwned ] || fail "the submodule's address was run"
done
for ref in '--upload-pack=touch pwned' '-x'; do
  expect_status 1 ib build "$repository#$ref"
  assert_has "$output" 'must not start with a dash'
  printf 'FROM scratch\nADD %s#%s /\n' "$repository" "${ref// /}" >other/Ref
  expect_status 1 ib build -f other/Ref other
  assert_has "$output" 'must not start with a dash'
  assert_has "$output" '>>> ADD'
done

# Named contexts, as base, as source, in place of a stage.
printf 'FROM scratch AS n\nFROM n\nCOPY --from=n . /from/\n' >other/Named
files 'from/ from/sub/ from/sub/keep sub/ sub/keep ' --build-context n=dir -f other/Named other
files 'from/ from/l l ' --build-context "n=git://127.0.0.1:$gitport/lib" -f other/Named other
files 'from/ ' --build-context n=docker-image://scratch -f other/Named other
files 'context from/ from/context ' --build-context "n=http://127.0.0.1:$port/Alt" -f other/Named other
ib build -q -o type=oci,dest=layout,tar=false -t app:v1 dir >/dev/null
digest=$(python3 -c 'import json; print(json.load(open("layout/index.json"))["manifests"][0]["digest"])')
for layout in layout layout:v1 "layout@$digest"; do
  files 'from/ from/sub/ from/sub/keep sub/ sub/keep ' --build-context "n=oci-layout://$layout" -f other/Named other
done
expect_status 1 ib build --build-context n=oci-layout://layout:v2 -f other/Named other
assert_has "$output" 'build context n'
assert_has "$output" 'it has v1'
rm "layout/blobs/sha256/${digest#sha256:}"
expect_status 1 env IBUILD_ROOT="$WORK/second" "$IBUILD" build --build-context n=oci-layout://layout -f other/Named other
assert_has "$output" 'the archive has no file'
remove_store "$WORK/second"
