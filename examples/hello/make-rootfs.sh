#!/bin/sh
# make-rootfs.sh FILE: writes a small root file system (busybox, users, empty folders) as a
# zstd-compressed tar, owned by root, always the same bytes.
set -eu
file=$1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/bin" "$root/dev" "$root/etc" "$root/proc" "$root/srv" "$root/sys" "$root/tmp" \
         "$root/usr/local/bin" "$root/usr/bin" "$root/usr/sbin" "$root/sbin" "$root/root" "$root/var"
chmod 1777 "$root/tmp"
chmod 700 "$root/root"
cp "$(command -v busybox)" "$root/bin/busybox"
for applet in $("$root/bin/busybox" --list); do
  [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
done
printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$root/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
printf 'root:*:19000:0:99999:7:::\n' >"$root/etc/shadow"
chmod 640 "$root/etc/shadow"
tar -C "$root" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@1700000000 -cf - . |
  zstd -q -f -o "$file"
