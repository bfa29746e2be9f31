"""Keep the web view host and its X server alive exactly as long as the harness is.

Owns: the host process, Xvfb, everything they start, and the end of their directory. However the harness
ends (also by SIGKILL), however the host ends (also stopped, also hung), nothing of these remains. Must not
know what the host does. Runs on the system's Python with the standard library and
`harness.processes.reaper` alone:

    webview_guard.py LIFELINE_FD HOME FONTS {headless|headed} HOST_SCRIPT [HOST_ARGUMENT...]

HOME is an empty directory that the harness made, so that it can remove it if this process is killed.
LIFELINE_FD is the read end of a pipe whose write end only the harness holds: end of file means that it is
gone. FONTS is the fontconfig file of the host. Standard input and output belong to the host.
"""

from __future__ import annotations

import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.processes import reaper
else:  # isolated: nothing is found by itself; no pathlib: start-up time
    sys.path.insert(0, f"{__file__.rpartition('/')[0]}/../../../processes")
    import reaper

XVFB_GRACE_S = 2.0  # how long Xvfb may take to remove its lock file after SIGTERM


def main() -> int:
    """Run the host until it or the harness ends; return the host's exit status as a shell would."""
    lifeline, home, fonts, mode, *host_command = sys.argv[1:]
    reaper.adopt_orphans()
    signal.signal(signal.SIGTERM, end_in_order)
    xvfb = None
    try:
        environment = host_environment(home, fonts)
        if mode == "headless":
            xvfb, environment["DISPLAY"] = start_xvfb()
        host = subprocess.Popen(
            [sys.executable, "-I", *host_command],
            env=environment,
            preexec_fn=reaper.ends_with_us(signal.SIGKILL),  # noqa: PLW1509 - there are no threads here
        )
        return watch(host, int(lifeline))
    finally:
        reaper.end_children(spare=[xvfb.pid] if xvfb else [])
        if xvfb is not None:
            end_xvfb(xvfb)
        shutil.rmtree(home, ignore_errors=True)


def end_in_order(signal_number: int, _frame: object) -> None:
    """End by Python's own exception, so that everything below is ended too."""
    sys.exit(128 + signal_number)


def host_environment(home: str, fonts: str) -> dict[str, str]:
    """Everything the host writes goes under `home`; nothing of the user's desktop is asked for."""
    environment = dict(os.environ)
    directories = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "TMPDIR")
    environment.update(dict.fromkeys(directories, home))
    loopback = "127.0.0.1,localhost,::1"
    environment.update(
        GSETTINGS_BACKEND="memory",
        GIO_USE_VFS="local",
        FONTCONFIG_FILE=fonts,
        GTK_A11Y="none",
        NO_AT_BRIDGE="1",
        WEBKIT_DISABLE_DMABUF_RENDERER="1",
        LIBGL_ALWAYS_SOFTWARE="1",
        # A proxy in the environment must not stand between the phone and the servers of this run.
        no_proxy=",".join(filter(None, (environment.get("no_proxy"), loopback))),
    )
    return environment


def start_xvfb() -> tuple[subprocess.Popen[bytes], str]:
    """Start a private X server; return it with its display's name, which the server itself picks."""
    reading, writing = os.pipe()
    command = [
        "Xvfb",
        "-displayfd",
        str(writing),
        "-screen",
        "0",
        "390x844x24",
        "-screen",
        "1",
        "8x8x24",
        "-nolisten",
        "tcp",
        "-noreset",
    ]
    xvfb = subprocess.Popen(
        command,
        pass_fds=[writing],
        stdin=subprocess.DEVNULL,
        stdout=2,
        preexec_fn=reaper.ends_with_us(signal.SIGTERM),  # noqa: PLW1509 - there are no threads here
    )
    os.close(writing)
    with os.fdopen(reading) as answer:
        number = answer.readline().strip()
    if not number:
        raise SystemExit(f"Xvfb ended before it was ready, with status {xvfb.wait()}")
    put_pointer_away(f":{number}")
    return xvfb, f":{number}"


def put_pointer_away(display: str) -> None:
    """Move the pointer to the second screen: over the window it would be a mouse's, and a phone has none."""
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XRootWindow.restype = ctypes.c_ulong
    x11.XWarpPointer.argtypes = (ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong, *(ctypes.c_int,) * 6)
    connection = ctypes.c_void_p(x11.XOpenDisplay(display.encode()))
    second = x11.XRootWindow(connection, 1)
    x11.XWarpPointer(connection, 0, second, 0, 0, 0, 0, 0, 0)
    x11.XCloseDisplay(connection)  # which waits until it is done


def watch(host: subprocess.Popen[bytes], lifeline: int) -> int:
    """Wait for the end of the host or of the harness."""
    ended = os.pidfd_open(host.pid)
    ready, _, _ = select.select([ended, lifeline], [], [])
    if ended not in ready:
        return 0
    status = host.wait()
    if status < 0:
        sys.stderr.write(f"the web view host was ended by {signal.Signals(-status).name}\n")
    return status if status >= 0 else 128 - status


def end_xvfb(xvfb: subprocess.Popen[bytes]) -> None:
    """Give the X server time to remove its lock file and socket, then end it."""
    xvfb.terminate()
    try:
        xvfb.wait(XVFB_GRACE_S)
    except subprocess.TimeoutExpired:
        xvfb.kill()
        xvfb.wait()


if __name__ == "__main__":
    sys.exit(main())
