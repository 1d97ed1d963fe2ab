"""Write ``run.txt`` and ``test.txt``: the exact versions of this environment.

Reads the direct requirements from ``pyproject.toml`` and follows them through the metadata of the
installed distributions, so the lock names what was tested and pip has nothing left to resolve.
"""

import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HERE = Path(__file__).resolve().parent


def closure(wanted: list[str]) -> dict[str, str]:
    """Return name → version of every distribution that ``wanted`` needs here.

    Raises:
        SystemExit: a requirement is not installed, or its installed version does not satisfy it.
    """
    versions: dict[str, str] = {}
    followed: set[tuple[str, str]] = set()
    queue = [(Requirement(line), "") for line in wanted]
    while queue:
        requirement, extra = queue.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            raise SystemExit(f"{requirement} is needed and not installed") from None
        if not requirement.specifier.contains(installed.version, prereleases=True):
            raise SystemExit(f"{name} {installed.version} is installed, {requirement} is needed")
        versions[name] = installed.version
        for each in ("", *requirement.extras):
            if (name, each) not in followed:
                followed.add((name, each))
                queue += [(Requirement(line), each) for line in installed.requires or []]
    return versions


def write(path: Path, versions: dict[str, str], head: list[str]) -> None:
    """Write one lock file, sorted by name."""
    lines = ["# Written by `make lock`. Do not edit.", *head]
    lines += [f"{name}=={version}" for name, version in sorted(versions.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{path.name}: {len(versions)} packages")


def main() -> int:
    """Write both files beside this script."""
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    direct: list[str] = project["project"]["dependencies"] + project["build-system"]["requires"]
    run = closure(direct)
    test = closure(project["project"]["optional-dependencies"]["test"])
    write(HERE / "run.txt", run, [])
    write(HERE / "test.txt", {name: v for name, v in test.items() if name not in run}, ["-r run.txt"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
