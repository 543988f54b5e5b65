#!/usr/bin/env python3
"""no_namespaces.py [--but-names] COMMAND…: runs a command under a filter that refuses namespaces and
mounts, the way the default profile of a container does: clone3 does not exist, clone with a
namespace and unshare, setns, mount and the like are not permitted. With --but-names it refuses only
to name the machine, the way Podman's default profile does. Needs CAP_SYS_ADMIN, so that the command
does not get no_new_privs, which a container does not have either."""
import ctypes
import os
import platform
import struct
import sys

X86 = platform.machine() == "x86_64"
ARCH = 0xC000003E if X86 else 0xC00000B7
CLONE, CLONE3 = (56 if X86 else 220), 435
REFUSED = (  # unshare setns mount umount2 pivot_root, and the newer mount calls
    (272, 308, 165, 166, 155) if X86 else (97, 268, 40, 39, 41)
) + (428, 429, 430, 431, 432, 433, 442)
NAMES = (170, 171) if X86 else (161, 162)  # sethostname setdomainname
NAMESPACES = 0x7E020000
ALLOW, EPERM, ENOSYS = 0x7FFF0000, 0x50000 | 1, 0x50000 | 38
LOAD, EQUAL, ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06


def op(code, k, yes=0, no=0):
    return struct.pack("HBBI", code, yes, no, k)


def refuse(calls):
    return [part for call in calls for part in (op(EQUAL, call, 0, 1), op(RETURN, EPERM))]


def filter_bytes(but_names):
    body = [op(LOAD, 0)]
    if but_names:
        body += refuse(NAMES)
    else:
        body += [op(EQUAL, CLONE3, 0, 1), op(RETURN, ENOSYS)]
        body += refuse(REFUSED)
        body += [op(EQUAL, CLONE, 0, 3), op(LOAD, 16)]
        body += [op(ANY_BIT, NAMESPACES, 0, 1), op(RETURN, EPERM)]
    body += [op(RETURN, ALLOW)]
    return b"".join([op(LOAD, 4), op(EQUAL, ARCH, 0, len(body) - 1)] + body)


def main():
    but_names = sys.argv[1] == "--but-names"
    command = sys.argv[2 if but_names else 1 :]
    code = filter_bytes(but_names)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(22, 2, ctypes.create_string_buffer(program, len(program)), 0, 0) != 0:
        sys.exit(f"no_namespaces: {os.strerror(ctypes.get_errno())}")
    os.execvp(command[0], command)


main()
