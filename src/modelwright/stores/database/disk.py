"""What lies under a path: a disk of this machine, or a network file system (no shared memory for SQLite there)."""

from __future__ import annotations

import os
import re
from pathlib import Path

_NETWORK = re.compile(
    "9p|afs|beegfs|ceph|cifs|coda|davfs|drvfs|glusterfs|gpfs|lustre|ncpfs|nfs4?|orangefs|panfs|prl_fs|pvfs2|smb3?|smbfs"
    r"|vboxsf|virtiofs|fuse\.(?!fuse-overlayfs|ntfs|exfat).*"
)


def is_network(path: Path, mounts: str = "/proc/self/mountinfo") -> bool:
    """Whether `path` is shared with other machines; False where the system doesn't tell."""
    text = os.path.realpath(path)
    if os.name == "nt":
        return text.startswith("\\\\")
    kind = _kind(text, mounts)
    return _NETWORK.fullmatch(kind) is not None


def _kind(path: str, mounts: str) -> str:
    """The type of the file system mounted deepest above `path`."""
    try:
        with open(mounts, encoding="utf-8", errors="surrogateescape") as lines:
            best, found = -1, ""
            for line in lines:
                left, _, right = line.partition(" - ")
                point = left.split(" ")[4].replace("\\040", " ").replace("\\134", "\\")
                if len(point) >= best and (path == point or path.startswith(point.rstrip("/") + "/")):
                    best, found = len(point), right.split(" ", 1)[0]
            return found
    except (OSError, IndexError):
        return ""
