#!/usr/bin/env python3
"""Finds the programs a test runs, and installs the Debian packages of those that are missing, with none of their services started.

    tests/debian.py PACKAGE...        # installs them, as root
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

# A user's PATH need not have the places of servers.
PLACES = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/sbin"])


def ready(programs):
    """Where each of these programs is, by its name; those that are missing are installed from the package beside it."""
    found = find(programs)
    missing = sorted({programs[name] for name in programs if not found[name]})
    if not missing:
        return found
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    if not all(map(shutil.which, ["apt-get", *sudo])):
        names = ", ".join(name for name in programs if not found[name])
        raise SystemExit(
            f"{names}: not found, and this machine has no apt-get (or no sudo) to install them with. Install them by hand, "
            f"so that they are on the PATH; Debian's packages are {' '.join(missing)}"
        )
    subprocess.run([*sudo, sys.executable, __file__, *missing], check=True)
    found = find(programs)
    absent = [name for name in programs if not found[name]]
    if absent:
        raise SystemExit(f"{', '.join(absent)}: installed, and not found")
    return found


def find(programs):
    return {name: shutil.which(name, path=PLACES) for name in programs}


def install(packages):
    """Installs packages, as root. Their services are neither started now nor with the machine."""
    new = [package for package in packages if not installed(package)]
    policy = Path("/usr/sbin/policy-rc.d")
    ours = not policy.exists()
    apt = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if ours:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    try:
        subprocess.run(["apt-get", "update", "-qq"], check=True, env=apt)
        command = ["apt-get", "install", "-y", "-qq", "-o", "Dpkg::Use-Pty=0", "--no-install-recommends", *packages]
        subprocess.run(command, check=True, env=apt)
    finally:
        if ours:
            policy.unlink()
    if shutil.which("systemctl"):
        for unit in filter(has_unit, new):
            subprocess.run(["systemctl", "disable", "--quiet", unit], check=False)


def installed(package):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Status}", package], capture_output=True, text=True, check=False)
    return done.stdout.endswith(" installed")


def has_unit(package):
    return any((folder / f"{package}.service").exists() for folder in map(Path, ("/lib/systemd/system", "/usr/lib/systemd/system")))


if __name__ == "__main__":
    install(sys.argv[1:])
