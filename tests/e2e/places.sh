# as: root
# Every row of the table in docs/rootless.md: `info` says where one is, `doctor` what would be better.
source "$(dirname "$0")/lib.sh"
place=$SOURCE/tests/e2e/place
chmod 755 "$WORK"
cp "$IBUILD" "$WORK/ibuild" && chmod 755 "$WORK/ibuild"
at() { # NAME COMMAND…: with a store of its own
  local home=$WORK/at-$1
  mkdir -p "$home" && chmod 777 "$home"
  "$place" "$1" env -u IBUILD_ROOT -u XDG_DATA_HOME HOME="$home" "$WORK/ibuild" "${@:2}" 2>&1
}
row() { # NAME INFO DOCTOR
  assert_has "$(at "$1" info)" "$2"
  local said
  said=$(IBUILD_ROOT= at "$1" doctor) || true
  assert_has "$said" "$3"
}
row user "user namespace with 65536 ids" "ok      commands run as a user namespace with 65536 ids"
row one-id "user namespace with one id" "newuidmap"
row no-new-privs "user namespace with one id" "no_new_privs"
row random-uid "user namespace with one id" "one id"
row unconfined "user namespace with 65536 ids" "ok      commands run as"
row podman "user namespace with 65536 ids" "ok      commands run as"
row container "by chroot" "seccomp=unconfined"
row container-user "RUN does not" "seccomp=unconfined"
row powerless "RUN does not" "cap-add SETFCAP"

# What a step does not have is not promised.
assert_lacks "$(at container info)" "its own"
assert_lacks "$(IBUILD_ROOT='' at container doctor)" "its own"
assert_lacks "$(at container-user info)" "Network:"

# The range that is proposed is free, and what is proposed works as written.
lonely=ibuild-e2e-one
said=$("$place" one-id true; setpriv --reuid=$lonely --regid=$lonely --init-groups env -u IBUILD_ROOT HOME="$WORK/at-one-id" "$WORK/ibuild" doctor) || true
command=$(echo "$said" | grep -o 'usermod --add-subuids.*')
assert_has "$command" "$lonely"
sh -c "PATH=\$PATH:/usr/sbin $command"
assert_has "$(setpriv --reuid=$lonely --regid=$lonely --init-groups env -u IBUILD_ROOT HOME="$WORK/at-one-id" "$WORK/ibuild" doctor)" "ok      commands run as a user namespace with 65536 ids"
"$place" one-id true # takes them away again

# A home that cannot be written, a volume that is somebody else's.
mkdir -m 555 locked && mkdir -m 1777 volume
assert_has "$("$place" random-uid env -u IBUILD_ROOT HOME="$WORK/locked" "$WORK/ibuild" info)" "/var/tmp/ibuild-1000650000"
rm -rf /var/tmp/ibuild-1000650000
assert_has "$("$place" random-uid env HOME="$WORK/locked" IBUILD_ROOT="$WORK/volume" "$WORK/ibuild" info)" "$WORK/volume/ibuild-1000650000"
