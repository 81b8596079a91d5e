"""Set up the locked environment on a machine that has only git, make and Python >= 3.11.

Standard library only. Finds uv, or fetches the pinned and hash-checked wheel of it into
``var/tools``; then lets uv install exactly what ``uv.lock`` says into ``.venv``.
Run by the Makefile; safe to run again.
"""

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
UV_VERSION = "0.13.9"
UV_OLDEST = (0, 8)
"""The first uv that reads our lock file."""
UV_WHEELS = {
    ("Linux", "x86_64"): (
        "manylinux_2_17_x86_64.manylinux2014_x86_64",
        "d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19",
    ),
    ("Linux", "aarch64"): (
        "manylinux_2_28_aarch64",
        "ecb6028d79dc96fbeafffe5c8af62a7099487ebc05a701e76714eebcffd06375",
    ),
    ("Darwin", "x86_64"): (
        "macosx_10_12_x86_64",
        "c16ed11e013557536b3e60065f1b912f6407bd6518e041b961e23ef9e6b4fbf5",
    ),
    ("Darwin", "arm64"): (
        "macosx_11_0_arm64",
        "66c512266d633bef48384a1f53003f41f2a8e7b36fe6e7fbfd3e0fd52d96fa63",
    ),
}
PYTHONS = ("3.13", "3.12", "3.11")


def main() -> None:
    """Make ``.venv`` equal to the lock file."""
    python = find_python()
    uv = find_uv() or fetch_uv()
    command = [uv, "sync", "--frozen", "--python", python, *sys.argv[1:]]
    environment = dict(os.environ)
    environment.pop("VIRTUAL_ENV", None)
    result = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if result.returncode != 0:
        # Behind a proxy that signs for the index, only the system knows whom to trust.
        print("bootstrap: trying again with the system's certificates …", flush=True)
        environment |= {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"}
        result = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if result.returncode != 0:
        sys.exit(f"bootstrap: `{' '.join(command)}` failed; its message is above.")


def find_python() -> str:
    """A Python that the lock file is made for: this one, or another on the PATH."""
    if f"{sys.version_info[0]}.{sys.version_info[1]}" in PYTHONS:
        return sys.executable
    for version in PYTHONS:
        if found := shutil.which(f"python{version}"):
            return found
    sys.exit(f"bootstrap: Python {PYTHONS[-1]} to {PYTHONS[0]} is needed, none was found.")


def find_uv() -> str | None:
    """A usable uv: ours from an earlier run, or one on the PATH."""
    for candidate in (str(ROOT / "var/tools/uv"), shutil.which("uv")):
        if not candidate or not Path(candidate).exists():
            continue
        said = subprocess.run([candidate, "--version"], capture_output=True, text=True, check=False)
        version = re.match(r"uv (\d+)\.(\d+)", said.stdout)
        if version and (int(version[1]), int(version[2])) >= UV_OLDEST:
            return candidate
    return None


def fetch_uv() -> str:
    """Fetch the pinned wheel, check its hash and take the program out of it."""
    machine = (platform.system(), platform.machine())
    if machine not in UV_WHEELS:
        sys.exit(f"bootstrap: no uv is pinned for {machine}: install uv {UV_VERSION} yourself.")
    tag, sha256 = UV_WHEELS[machine]
    name = f"uv-{UV_VERSION}-py3-none-{tag}.whl"
    print(f"Fetching uv {UV_VERSION} …", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        wheel = Path(folder) / name
        if not fetch_by_pip(wheel):
            fetch_by_index(wheel)
        if hashlib.sha256(wheel.read_bytes()).hexdigest() != sha256:
            sys.exit(f"bootstrap: {name} does not have the pinned hash; nothing was installed.")
        tools = ROOT / "var/tools"
        tools.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(wheel) as archive:
            partial = tools / "uv.partial"
            partial.write_bytes(archive.read(f"uv-{UV_VERSION}.data/scripts/uv"))
        partial.chmod(0o755)
        partial.rename(tools / "uv")
    return str(tools / "uv")


def fetch_by_pip(wheel: Path) -> bool:
    """Let pip fetch it, which knows this machine's index, proxy and certificates."""
    tag = wheel.stem.split("none-")[1]
    platforms = [f"--platform={part}" for part in tag.split(".")]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary=:all:", *platforms, f"--dest={wheel.parent}", f"uv=={UV_VERSION}"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.returncode == 0 and wheel.exists()


def fetch_by_index(wheel: Path) -> None:
    """Without pip (Debian's bare python3): read the package index ourselves."""
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")
    if not index.startswith("https://"):
        sys.exit(f"bootstrap: will not fetch uv over {index}: install uv {UV_VERSION} yourself.")
    request = urllib.request.Request(
        f"{index}/uv/", headers={"Accept": "application/vnd.pypi.simple.v1+json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            files = json.load(answer)["files"]
        url = next(file["url"] for file in files if file["filename"] == wheel.name)
        with urllib.request.urlopen(url, timeout=300) as answer:
            wheel.write_bytes(answer.read())
    except (OSError, StopIteration, ValueError) as error:
        sys.exit(f"bootstrap: uv {UV_VERSION} could not be fetched from {index}: {error}")


if __name__ == "__main__":
    main()
