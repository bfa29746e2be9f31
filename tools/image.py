"""Carries container/Dockerfile out without a container engine: `make image-test`.

Owns the few instructions that the file uses, done in a system that debootstrap makes, and what the image
promises: a user without root, a root that nobody writes to, no network, the command healthy and green. Needs
root, debootstrap and some minutes; must leave nothing mounted.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = ROOT / "container" / "Dockerfile"
MIRROR = "http://deb.debian.org/debian"
INHERITED = ("PIP_CERT", "PIP_INDEX_URL", "PIP_DEFAULT_TIMEOUT", "http_proxy", "https_proxy", "no_proxy")
"""What a machine needs to reach a package index, as `docker build` gets it by --build-arg."""
LENT_CERT = "/usr/local/share/lent-authorities.crt"
"""Not in its own place, which the image's packages write."""
LAST_LINES = 20
LOOPBACK_UP = """
import fcntl, socket, struct
with socket.socket() as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh", b"lo", 0x41))
"""
"""A network of one's own begins with its loopback down; a container's is up."""


class ImageError(Exception):
    """The image cannot be made, or is not what it promises; the message names the thing."""


@dataclass(frozen=True)
class Image:
    """What a Dockerfile says, in the order of its lines."""

    suite: str
    steps: list[tuple[str, list[str]]] = field(default_factory=list[tuple[str, list[str]]])
    """COPY and RUN, with their words."""
    env: dict[str, str] = field(default_factory=dict[str, str])
    user: str = "root"
    folder: str = "/"
    health: list[str] = field(default_factory=list[str])
    command: list[str] = field(default_factory=list[str])


def instructions(text: str) -> Iterable[tuple[str, str]]:
    """Yield each instruction of a Dockerfile with the rest of its line."""
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, _, rest = line.partition(" ")
            yield name, rest


def read_dockerfile(text: str) -> Image:
    """Return what a Dockerfile says; ImageError for an instruction that this file did not have before."""
    said: dict[str, str] = {}
    steps: list[tuple[str, list[str]]] = []
    for name, rest in instructions(text):
        if name in ("COPY", "RUN"):
            steps.append((name, shlex.split(rest)))
        elif name in ("FROM", "ENV", "USER", "WORKDIR", "HEALTHCHECK", "ENTRYPOINT", "CMD"):
            said[name] = rest
        else:
            raise ImageError(
                f"`make image-test` does not know the instruction {name}: teach it, or leave it out"
            )
    return Image(
        suite=said["FROM"].partition(":")[2].removesuffix("-slim"),
        steps=steps,
        env=dict(each.split("=", 1) for each in shlex.split(said["ENV"])),
        user=said["USER"],
        folder=said["WORKDIR"],
        health=json.loads(said["HEALTHCHECK"].partition(" CMD ")[2]),
        command=json.loads(said["ENTRYPOINT"]) + json.loads(said["CMD"]),
    )


def run(words: list[str], env: Mapping[str, str] | None = None) -> str:
    """Run a step and return what it printed; ImageError with what it said when it fails."""
    done = subprocess.run(
        words, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        said = "\n".join(done.stdout.strip().splitlines()[-LAST_LINES:])
        raise ImageError(f"`{shlex.join(words)}` ended with {done.returncode}:\n{said}")
    return done.stdout


def inside(root: Path, script: str, *, network: bool) -> list[str]:
    """Return what runs a script whose `$R` is the image's root, with mounts that end with it."""
    own = ["--mount", "--pid", "--fork", "--kill-child", *([] if network else ["--net"])]
    mounts = 'mount -t proc proc "$R/proc"; mount --rbind /dev "$R/dev"; mount -t tmpfs shm "$R/dev/shm"'
    return ["unshare", *own, "sh", "-euc", f"R={shlex.quote(str(root))}; {script.replace('MOUNTS', mounts)}"]


def copy(words: list[str], root: Path) -> None:
    """Do a COPY: files and the contents of folders, into a folder of the image."""
    target = root / words[-1].lstrip("/")
    target.mkdir(parents=True, exist_ok=True)
    for name in words[:-1]:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copy2(source, target)


def lend(file: str, place: str, root: Path) -> str:
    """Return what mounts a file of this machine into the image while a step of the build runs."""
    target = root / place.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.touch()
    return f"mount --bind {shlex.quote(file)} {shlex.quote(str(target))}; "


def build(image: Image, root: Path) -> None:
    """Make the image in a folder, and say how long each step took."""
    timed(f"debootstrap {image.suite}", ["debootstrap", "--variant=minbase", image.suite, str(root), MIRROR])
    env = {name: os.environ[name] for name in INHERITED if name in os.environ}
    script = lend("/etc/resolv.conf", "/etc/resolv.conf", root)
    if "PIP_CERT" in env:
        script += lend(env["PIP_CERT"], LENT_CERT, root)
        env["PIP_CERT"] = LENT_CERT
    script += 'MOUNTS; exec chroot "$R" '
    env |= {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
    for name, words in image.steps:
        if name == "COPY":
            copy(words, root)
        else:
            timed(f"RUN {shlex.join(words)}", inside(root, script + shlex.join(words), network=True), env)


def timed(title: str, words: list[str], env: Mapping[str, str] | None = None) -> None:
    """Run a step and print its seconds."""
    began = time.monotonic()
    run(words, env)
    print(f"{time.monotonic() - began:6.1f} s  {title}", flush=True)


def in_container(image: Image, root: Path, work: Path, words: list[str]) -> list[str]:
    """Return what `docker run --read-only --network none --tmpfs /tmp -v WORK:/work` would run."""
    given = [f"{name}={value}" for name, value in image.env.items()]
    script = (
        f"{shlex.quote(sys.executable)} -c {shlex.quote(LOOPBACK_UP)}; "
        'mount --bind "$R" "$R"; mount -o remount,bind,ro "$R"; MOUNTS; '
        'mount -t tmpfs -o mode=1777 tmp "$R/tmp"; '
        f'mount --bind {shlex.quote(str(work))} "$R{image.folder}"; '
        f'exec chroot --userspec={image.user}:{image.user} "$R" env -i -C {image.folder} '
    )
    return inside(root, script + shlex.join([*given, *words]), network=False)


NO_WAY_OUT = """
import socket
try:
    socket.create_connection(("192.0.2.1", 80), 3)
except OSError:
    raise SystemExit(0)
raise SystemExit(1)
"""
"""192.0.2.1 belongs to nobody (RFC 5737)."""
PROMISES = {
    "a user without root": ["sh", "-c", 'test "$(id -u)" -ne 0'],
    "a root that nobody writes to": ["sh", "-c", "! touch /etc/x 2>/dev/null && ! touch /usr/x 2>/dev/null"],
    "no way out": [
        "python3",
        "-c",
        NO_WAY_OUT,
    ],
}
"""What holds in the container whatever it runs."""


def try_out(image: Image, root: Path, work: Path) -> None:
    """Hold the image to what it promises; ImageError for the first thing that is not so."""
    for title, words in PROMISES.items():
        timed(title, in_container(image, root, work, words))
    timed(f"healthy: {shlex.join(image.health)}", in_container(image, root, work, image.health))
    began = time.monotonic()
    played = run(in_container(image, root, work, [*image.command, *sys.argv[1:]]))
    print(f"{time.monotonic() - began:6.1f} s  {shlex.join([*image.command, *sys.argv[1:]])}")
    print(next(line for line in played.splitlines() if line.startswith("PASSED")))
    if not (work / ".amo-harness" / "latest" / "results.json").is_file():
        raise ImageError("the run left no results in the folder of the project")


def main() -> int:
    """Build and try the image; 2 with a sentence when it cannot be made or is not what it promises."""
    folder = Path(tempfile.mkdtemp(prefix="amo-image-"))
    try:
        if os.geteuid() or not shutil.which("debootstrap"):
            raise ImageError("needs root and debootstrap: run  sudo apt-get install -y debootstrap")
        image = read_dockerfile(DOCKERFILE.read_text(encoding="utf-8"))
        folder.chmod(0o755)
        work = folder / "work"
        work.mkdir()
        os.chown(work, 1000, 1000)
        build(image, folder / "root")
        try_out(image, folder / "root", work)
    except ImageError as error:
        print(f"image: {error}", file=sys.stderr)
        return 2
    finally:
        subprocess.run(["rm", "-rf", "--one-file-system", str(folder)], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
