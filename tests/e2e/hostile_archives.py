"""Archives and images that want to do harm: hostile_archives.py FOLDER VICTIM.

Writes FOLDER/NAME.tar, each of which tries to reach the file VICTIM outside of where it is unpacked,
and FOLDER/NAME.image.tar, a `docker save` archive of an image with that layer.
"""
import gzip
import hashlib
import io
import json
import os
import sys
import tarfile

FOLDER, VICTIM = sys.argv[1], sys.argv[2]
DIRECTORY = os.path.dirname(VICTIM)
UP = "../" * 20


def member(name, kind=tarfile.REGTYPE, target="", data=b"", **rest):
    info = tarfile.TarInfo()
    info.name, info.type, info.linkname, info.size = name, kind, target, len(data)
    for key, value in rest.items():
        setattr(info, key, value)
    return info, data


def file(name):
    return member(name, data=b"hostile\n", mode=0o644)


def link(name, target):
    return member(name, tarfile.SYMTYPE, target)


def hard(name, target):
    return member(name, tarfile.LNKTYPE, target)


ARCHIVES = {
    "climbs": [file(UP + VICTIM[1:])],
    "absolute": [file(VICTIM)],
    "through-absolute-link": [link("l", DIRECTORY), file("l/" + os.path.basename(VICTIM))],
    "through-climbing-link": [link("l", UP + DIRECTORY[1:]), file("l/" + os.path.basename(VICTIM))],
    "over-link": [link("f", VICTIM), file("f")],
    "hard-absolute": [hard("f", VICTIM), file("f")],
    "hard-climbing": [hard("f", UP + VICTIM[1:])],
    "hard-through-link": [link("l", DIRECTORY), hard("f", "l/" + os.path.basename(VICTIM))],
    "chmod-through-link": [link("d", DIRECTORY), member("d", tarfile.DIRTYPE, mode=0o777)],
    "devices": [member("sda", tarfile.BLKTYPE, mode=0o666, devmajor=8),
                member("mem", tarfile.CHRTYPE, mode=0o666, devmajor=1, devminor=1)],
    "whiteouts": [file(".wh.." + "wh..opq"), file(".wh..."), file("d/.wh...")],
}


def tar(members):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return raw.getvalue()


def save(name, layer):
    config = json.dumps({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {
        "type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]}}).encode()
    manifest = [{"Config": "config", "RepoTags": ["hostile/" + name + ":1"], "Layers": ["layer"]}]
    return tar([member("config", data=config), member("layer", data=layer),
                member("manifest.json", data=json.dumps(manifest).encode())])


os.makedirs(FOLDER, exist_ok=True)
for name, members in ARCHIVES.items():
    layer = tar(members)
    with open(f"{FOLDER}/{name}.tar", "wb") as out:
        out.write(layer)
    with open(f"{FOLDER}/{name}.image.tar", "wb") as out:
        out.write(save(name, layer))
# Two gibibytes in two megabytes, told by the member's header at the very start.
big = tarfile.TarInfo("big")
big.size = 2 << 30
with gzip.open(f"{FOLDER}/bomb.tar.gz", "wb", compresslevel=1) as out:
    out.write(big.tobuf())
    out.write(b"\0" * (1 << 20))
