"""What git remembers of the files: their text at a revision, and which of them differ from it. Asks git itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

from cpbm_kg.errors import Message, UsageError


def root(folder: Path) -> Path:
    """The top of the working tree that holds `folder`; raises UsageError where there is none."""
    return Path(_git(folder, "rev-parse", "--show-toplevel").strip())


def changed(folder: Path, revision: str) -> list[Path]:
    """The files below `folder` that differ from `revision`, absent and untracked ones included; raises UsageError."""
    top = root(folder)
    differing = _git(top, "diff", "--name-only", "-z", "--no-renames", _checked(top, revision), "--", str(folder))
    untracked = _git(top, "ls-files", "--others", "--exclude-standard", "-z", "--", str(folder))
    return sorted({top / name for name in (differing + untracked).split("\0") if name})


def text(path: Path, revision: str) -> str | None:
    """The text of a file at a revision, None where it was not there; raises UsageError."""
    top = root(path.parent if path.parent.is_dir() else Path.cwd())
    name = f"{_checked(top, revision)}:{path.relative_to(top).as_posix()}"
    found = subprocess.run(["git", "-C", str(top), "cat-file", "-e", name], capture_output=True, check=False)
    return _git(top, "show", name) if found.returncode == 0 else None


def archive(folder: Path, revision: str) -> bytes:
    """Everything below `folder` at a revision, as a zip file with paths from the top of the tree; raises
    UsageError. Not tar, whose safe extraction Python knows from 3.11.4 on."""
    top = root(folder)
    relative = folder.resolve().relative_to(top).as_posix()
    return _run(top, "archive", "--format=zip", _checked(top, revision), "--", relative)


def exists(folder: Path, revision: str) -> bool:
    """Whether `revision` names a commit of the tree that holds `folder`."""
    try:
        _checked(root(folder), revision)
    except UsageError:
        return False
    return True


def _checked(top: Path, revision: str) -> str:
    """The commit that a revision names: what begins with a dash never reaches git as an option."""
    try:
        return _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").strip()
    except UsageError:
        raise UsageError(
            Message(f"{revision!r} n’est pas une révision de git ici", f"{revision!r} is no git revision here"),
            Message("donnez HEAD, une branche, une étiquette ou une empreinte", "give HEAD, a branch, a tag or a digest"), top) from None


def _git(folder: Path, *arguments: str) -> str:
    return _run(folder, *arguments).decode("utf-8", "surrogateescape")


def _run(folder: Path, *arguments: str) -> bytes:
    try:
        return subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=True).stdout
    except FileNotFoundError:
        raise UsageError(Message("git n’est pas installé", "git is not installed"), Message("installez-le, ou ne nommez pas de révision", "install it, or name no revision")) from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().splitlines()
        raise UsageError(
            Message(f"git répond : {said[0] if said else error.returncode}", f"git answers: {said[0] if said else error.returncode}"),
            Message("lancez la commande dans un dépôt git", "run the command inside a git repository"), folder) from None
