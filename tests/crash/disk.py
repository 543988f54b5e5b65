"""Disks that a loss of power may leave, made of what is there and what was flushed.

The recorder (durable.h) sits below the program's own file operations: it needs no privileges, no
kernel module and no time, stops at exactly the calls that the crash points stop at, and can leave
behind every disk that POSIX allows, where a real file system under a block recorder would show only
the ones that its own order of writes happens to make. Not all of these disks can be tried; these
four are the corners:

flushed    only what was flushed, names as well as bytes
names      every name is there, of files only the bytes that were flushed (else nothing)
torn       every name is there, of unflushed files only the first half
index      only what was flushed, but index.json under its newest name: a rename that overtook all
           others, as file systems without an order of renames may have it
"""
import json
import os
import pathlib
import shutil
import tempfile


class Record:
    def __init__(self, directory):
        saved = json.loads((directory / 'durable.json').read_text())
        self.objects = directory / 'objects'
        self.files = saved['files']
        self.directories = saved['directories']
        self.root = saved['root']

    def copy_file(self, inode, target):
        """Its flushed bytes; nothing when it never was."""
        known = self.files.get(inode)
        if known is None:
            target.write_bytes(b'')
        else:
            shutil.copy2(self.objects / known, target, follow_symlinks=False)


def names_with_flushed_bytes(live, record, target, torn=False):
    shutil.copytree(live, target, symlinks=True)
    for directory, _, files in os.walk(target):
        for name in files:
            copy = pathlib.Path(directory) / name
            original = live / copy.relative_to(target)
            if copy.is_symlink():
                continue
            inode = str(original.stat().st_ino)
            mode = original.stat().st_mode & 0o7777
            flushed = inode in record.files
            half = original.read_bytes()[: original.stat().st_size // 2] if torn else b''
            copy.chmod(0o600)
            copy.unlink()
            if flushed:
                record.copy_file(inode, copy)
            else:
                copy.write_bytes(half)
            copy.chmod(mode)
    return target


def only_flushed(record, target, inode=None):
    target.mkdir(mode=0o700)
    for name, child in record.directories[inode or record.root].items():
        if child in record.directories:
            only_flushed(record, target / name, child)
        elif child in record.files:
            record.copy_file(child, target / name)
        else:
            (target / name).write_bytes(b'')
    return target


def disks_after_power_loss(live, directory, work):
    record = Record(directory)

    def place():
        return pathlib.Path(tempfile.mkdtemp(dir=work)) / 'p'

    def with_out(disk):
        shutil.rmtree(disk / 'out', ignore_errors=True)
        (disk / 'out').mkdir(parents=True)
        return disk

    yield 'flushed', with_out(only_flushed(record, place()))
    yield 'names', with_out(names_with_flushed_bytes(live, record, place()))
    yield 'torn', with_out(names_with_flushed_bytes(live, record, place(), torn=True))
    index = live / 'store/index.json'
    if index.exists():
        disk = with_out(only_flushed(record, place()))
        (disk / 'store').mkdir(exist_ok=True)
        (disk / 'store/index.json').unlink(missing_ok=True)
        record.copy_file(str(index.stat().st_ino), disk / 'store/index.json')
        yield 'index', disk
