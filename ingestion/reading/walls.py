"""What a process that reads foreign files may no longer do once its walls are up.

Four walls, each good on its own, because a parser that is taken over does not keep to Python:

* resource limits (POSIX): address space, processor time, no written byte, few open files;
* no privileges (Linux): none to be gained, and root keeps only the right to read;
* system calls (Linux on x86-64 and ARM64): a seccomp filter refuses sockets, programs, new
  processes, other processes, and everything that changes a file;
* files (Linux with Landlock): only folders that were named can be read;
* an audit hook (everywhere): the same rules for what goes through Python, also on macOS.

Sources: seccomp(2), landlock(7), capabilities(7) of the Linux manual pages; PEP 578.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import platform
import resource
import struct
import sys
from collections.abc import Sequence

_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_MODE_FILTER = 2

_ALLOW = 0x7FFF0000
_KILL = 0x80000000
_REFUSE = 0x00050000 | errno.EPERM
_UNKNOWN = 0x00050000 | errno.ENOSYS

_LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_AT_LEAST = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_ANY_BIT = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_RETURN = 0x06  # BPF_RET | BPF_K

_NUMBER, _ARCHITECTURE = 0, 4  # offsets in struct seccomp_data
_X32 = 0x40000000
_CLONE_THREAD = 0x00010000
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def _argument(index: int) -> int:
    """Offset of the low half of a system call's argument (both machines are little-endian)."""
    return 16 + 8 * index


# Numbers of system calls from the kernel's tables, by machine: asm/unistd_64.h of x86,
# asm-generic/unistd.h for ARM64. Calls from 424 on are the same everywhere.
_SHARED_REFUSED = {
    "pidfd_send_signal": 424,
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "pidfd_open": 434,
    "pidfd_getfd": 438,
    "process_madvise": 440,
    "mount_setattr": 442,
    "process_mrelease": 448,
    "fchmodat2": 452,
}
_REFUSED = {
    "x86_64": {
        "socket": 41,
        "connect": 42,
        "accept": 43,
        "sendto": 44,
        "recvfrom": 45,
        "sendmsg": 46,
        "recvmsg": 47,
        "bind": 49,
        "listen": 50,
        "socketpair": 53,
        "fork": 57,
        "vfork": 58,
        "execve": 59,
        "kill": 62,
        "truncate": 76,
        "ftruncate": 77,
        "rename": 82,
        "mkdir": 83,
        "rmdir": 84,
        "creat": 85,
        "link": 86,
        "unlink": 87,
        "symlink": 88,
        "chmod": 90,
        "fchmod": 91,
        "chown": 92,
        "fchown": 93,
        "lchown": 94,
        "ptrace": 101,
        "rt_sigqueueinfo": 129,
        "utime": 132,
        "mknod": 133,
        "pivot_root": 155,
        "setrlimit": 160,
        "chroot": 161,
        "mount": 165,
        "umount2": 166,
        "init_module": 175,
        "setxattr": 188,
        "lsetxattr": 189,
        "fsetxattr": 190,
        "tkill": 200,
        "utimes": 235,
        "add_key": 248,
        "request_key": 249,
        "keyctl": 250,
        "mkdirat": 258,
        "mknodat": 259,
        "fchownat": 260,
        "unlinkat": 263,
        "renameat": 264,
        "linkat": 265,
        "symlinkat": 266,
        "fchmodat": 268,
        "unshare": 272,
        "utimensat": 280,
        "accept4": 288,
        "rt_tgsigqueueinfo": 297,
        "perf_event_open": 298,
        "prlimit64": 302,
        "name_to_handle_at": 303,
        "open_by_handle_at": 304,
        "sendmmsg": 307,
        "setns": 308,
        "process_vm_readv": 310,
        "process_vm_writev": 311,
        "finit_module": 313,
        "renameat2": 316,
        "memfd_create": 319,
        "bpf": 321,
        "execveat": 322,
        "userfaultfd": 323,
    },
    "aarch64": {
        "setxattr": 5,
        "lsetxattr": 6,
        "fsetxattr": 7,
        "mknodat": 33,
        "mkdirat": 34,
        "unlinkat": 35,
        "symlinkat": 36,
        "linkat": 37,
        "renameat": 38,
        "umount2": 39,
        "mount": 40,
        "pivot_root": 41,
        "truncate": 45,
        "ftruncate": 46,
        "chroot": 51,
        "fchmod": 52,
        "fchmodat": 53,
        "fchownat": 54,
        "fchown": 55,
        "utimensat": 88,
        "unshare": 97,
        "init_module": 105,
        "ptrace": 117,
        "kill": 129,
        "tkill": 130,
        "rt_sigqueueinfo": 138,
        "setrlimit": 164,
        "socket": 198,
        "socketpair": 199,
        "bind": 200,
        "listen": 201,
        "accept": 202,
        "connect": 203,
        "sendto": 206,
        "recvfrom": 207,
        "sendmsg": 211,
        "recvmsg": 212,
        "add_key": 217,
        "request_key": 218,
        "keyctl": 219,
        "execve": 221,
        "rt_tgsigqueueinfo": 240,
        "perf_event_open": 241,
        "accept4": 242,
        "prlimit64": 261,
        "name_to_handle_at": 264,
        "open_by_handle_at": 265,
        "setns": 268,
        "sendmmsg": 269,
        "process_vm_readv": 270,
        "process_vm_writev": 271,
        "finit_module": 273,
        "renameat2": 276,
        "memfd_create": 279,
        "bpf": 280,
        "execveat": 281,
        "userfaultfd": 282,
    },
}
_AUDIT_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_OPEN = {"x86_64": 2}  # open(path, flags); ARM64 has only openat
_OPENAT = {"x86_64": 257, "aarch64": 56}
_OPENAT2 = 437
_CLONE = {"x86_64": 56, "aarch64": 220}
_CLONE3 = 435
_TGKILL = {"x86_64": 234, "aarch64": 131}

_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_LANDLOCK_READ_FILE, _LANDLOCK_READ_DIR = 1 << 2, 1 << 3
_LANDLOCK_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # known file rights by version, in bits

_CAP_DAC_READ_SEARCH = 2
_PR_CAPBSET_DROP = 24

_BANNED_EVENTS = (
    "socket.",
    "subprocess.",
    "shutil.",
    "pty.",
    "ftplib.",
    "smtplib.",
    "urllib.",
    "webbrowser.",
    "tempfile.",
)
_BANNED = frozenset(
    {
        "os.chmod",
        "os.chown",
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.kill",
        "os.killpg",
        "os.lchmod",
        "os.link",
        "os.mkdir",
        "os.posix_spawn",
        "os.putenv",
        "os.remove",
        "os.removexattr",
        "os.rename",
        "os.rmdir",
        "os.setxattr",
        "os.spawn",
        "os.symlink",
        "os.system",
        "os.truncate",
        "os.unlink",
        "os.utime",
        "pickle.find_class",
        "signal.pthread_kill",
        "sqlite3.connect",
        "syslog.openlog",
    }
)


def limit_resources(memory_bytes: int, processor_seconds: int) -> None:
    """Bound what the process can use up, whatever it does.

    The bound on address space is enforced by Linux; macOS knows it and does not keep it, so that
    there the parent watches (`ingestion.reading.isolation`). New processes are refused by the
    filter of system calls on Linux, where a bound on them would count threads as well.
    """
    if sys.platform != "linux":
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CPU, processor_seconds),
        (resource.RLIMIT_AS, memory_bytes),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


def drop_privileges() -> None:
    """Gain no privileges any more; root keeps only the right to read (Linux).

    Reading stays, so that the project can lie below a folder that is closed to others.
    """
    if sys.platform != "linux":
        return
    libc = _libc()
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.geteuid() != 0:
        return
    for capability in range(64):
        if capability != _CAP_DAC_READ_SEARCH:
            libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    kept = 1 << _CAP_DAC_READ_SEARCH
    header = ctypes.create_string_buffer(struct.pack("=Ii", 0x20080522, 0))
    sets = ctypes.create_string_buffer(struct.pack("=6I", kept, kept, 0, 0, 0, 0))
    if libc.capset(header, sets) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def restrict_files(readable: Sequence[str], listable: Sequence[str]) -> bool:
    """Let only the named folders be read (Linux with Landlock).

    Args:
        readable: files and folders whose content may be read.
        listable: folders whose names may be listed, but not read.

    Returns:
        Whether the kernel does it.
    """
    if sys.platform != "linux":
        return False
    libc = _libc()
    version = libc.syscall(_LANDLOCK_CREATE, None, 0, 1)
    if version < 1:
        return False
    handled = (1 << _LANDLOCK_RIGHTS[min(version, max(_LANDLOCK_RIGHTS))]) - 1
    rules = ctypes.create_string_buffer(struct.pack("=Q", handled))
    ruleset = libc.syscall(_LANDLOCK_CREATE, rules, 8, 0)
    if ruleset < 0:
        return False
    try:
        for paths, rights in (
            (readable, _LANDLOCK_READ_FILE | _LANDLOCK_READ_DIR),
            (listable, _LANDLOCK_READ_DIR),
        ):
            for path in paths:
                with contextlib.suppress(OSError):
                    _allow_below(libc, ruleset, path, rights)
        return bool(libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _allow_below(libc: ctypes.CDLL, ruleset: int, path: str, rights: int) -> None:
    is_folder = os.path.isdir(path)  # noqa: PTH112 - the hook's world is text paths
    folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not is_folder:
            rights &= _LANDLOCK_READ_FILE
        rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, folder))
        libc.syscall(_LANDLOCK_ADD, ruleset, 1, rule, 0)
    finally:
        os.close(folder)


def filter_system_calls() -> bool:
    """Refuse sockets, programs, new processes and every change of a file (Linux).

    Returns:
        Whether the kernel does it; False on other systems and machines.

    Raises:
        OSError: the kernel should do it and did not.
    """
    machine = platform.machine()
    if sys.platform != "linux" or machine not in _AUDIT_ARCHITECTURE:
        return False
    program = _program(machine, os.getpid())
    code = b"".join(struct.pack("=HBBI", *step) for step in program)
    steps = ctypes.create_string_buffer(code)

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))

    loaded = Program(len(program), ctypes.addressof(steps))
    libc = _libc()
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(loaded), 0, 0) != 0:
        code_number = ctypes.get_errno()
        if code_number in (errno.EINVAL, errno.ENOSYS):
            return False  # a kernel without seccomp filters
        raise OSError(code_number, "prctl(PR_SET_SECCOMP)")
    return True


def _program(machine: str, pid: int) -> list[tuple[int, int, int, int]]:
    """The filter: (operation, jump if true, jump if false, operand) each."""
    program = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _AUDIT_ARCHITECTURE[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if machine == "x86_64":
        program += [(_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _REFUSE)]
    refused = (_REFUSED[machine] | _SHARED_REFUSED).values()
    for number in refused:
        program += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _REFUSE)]
    # glibc falls back to the older calls, whose flags a filter can see.
    for number in (_CLONE3, _OPENAT2):
        program += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _UNKNOWN)]
    program += _when(_CLONE[machine], _argument(0), _ANY_BIT, _CLONE_THREAD, _ALLOW, _REFUSE)
    program += _when(_TGKILL[machine], _argument(0), _EQUAL, pid, _ALLOW, _REFUSE)
    program += _when(_OPENAT[machine], _argument(2), _ANY_BIT, _WRITING, _REFUSE, _ALLOW)
    if machine in _OPEN:
        program += _when(_OPEN[machine], _argument(1), _ANY_BIT, _WRITING, _REFUSE, _ALLOW)
    return [*program, (_RETURN, 0, 0, _ALLOW)]


def _when(
    number: int, offset: int, test: int, operand: int, then: int, otherwise: int
) -> list[tuple[int, int, int, int]]:
    """For one system call: look at one argument and decide."""
    return [
        (_EQUAL, 0, 4, number),
        (_LOAD, 0, 0, offset),
        (test, 0, 1, operand),
        (_RETURN, 0, 0, then),
        (_RETURN, 0, 0, otherwise),
    ]


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def audit(readable: Sequence[str]) -> None:
    """Refuse in Python itself what a reader has no business doing; cannot be taken back.

    Args:
        readable: files and folders whose content may be read.
    """
    allowed = tuple(os.path.realpath(path) for path in readable)
    below = tuple(path.rstrip(os.sep) + os.sep for path in allowed)

    def refuse(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            writes = (isinstance(mode, str) and not set(mode).isdisjoint("wax+")) or (
                isinstance(flags, int) and flags & _WRITING
            )
            if writes:
                raise PermissionError(errno.EPERM, "a reader of files writes none")
            if isinstance(path, bytes | str):
                real = os.path.realpath(os.fsdecode(path))
                if real not in allowed and not real.startswith(below):
                    raise PermissionError(
                        errno.EPERM, "a reader opens only what Isolated(readable=…) names", real
                    )
        elif event in _BANNED or event.startswith(_BANNED_EVENTS):
            raise PermissionError(errno.EPERM, f"a reader of files does no {event}")

    sys.addaudithook(refuse)
