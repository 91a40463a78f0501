#!/usr/bin/env python3
"""Runs mta-sts against Postfix, Exim, nginx, BIND and unbound, and holds what it says against the zoo.

Each case is a domain under real.test whose servers are real ones, and an exhibit of the zoo of the same kind: `check`
must say the same of both (states, delivery, results of the hosts, codes of errors and warnings), and `probe` must end
at the same stage in the same way. One line for each case, a summary, and 1 as exit code where something differs.

Everything listens on 127.0.0.0/8, on ports 25 and 443 among others, so it takes root. Only processes that were started here are ended, by their ids.

    cargo build -p companion && tests/real-servers/run.py [--install] [--keep] [--only CASE]
"""

import argparse
import os
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cases
import servers

ROOT = Path(__file__).resolve().parent.parent.parent
# Not there: the exit code of a skipped test, as automake has it.
MISSING = 77


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--install", action="store_true", help="install the programs that are missing (Debian, as root)")
    parser.add_argument("--keep", action="store_true", help="keep the folder with configurations and logs")
    parser.add_argument("--only", metavar="CASE", help="this case alone")
    parser.add_argument("--mta-sts", default=ROOT / "target/debug/mta-sts", type=Path, help="the binary")
    args = parser.parse_args()

    if os.geteuid() != 0:
        print("real servers: not run: ports 25 and 443 of 127.0.0.0/8 take root")
        return MISSING
    programs, missing = servers.find()
    if missing and args.install:
        servers.install(missing)
        programs, missing = servers.find()
    if missing:
        print(f"real servers: not run: {', '.join(missing)} not found (--install installs them)")
        return MISSING

    folder = Path(tempfile.mkdtemp(prefix="mta-sts-real-"))
    folder.chmod(0o755)
    running = []
    try:
        running = servers.start(programs, folder, cases.ALL)
        for line in servers.versions(programs):
            print(line)
        wrong = 0
        tried = [case for case in cases.ALL if args.only in (None, case.name)]
        with ThreadPoolExecutor(4) as side_by_side:
            compared = side_by_side.map(lambda case: cases.compare(case, args.mta_sts, folder), tried)
        for case, differences in zip(tried, compared):
            wrong += bool(differences)
            print(f"{'differs' if differences else 'agrees '}  {case.name:24} {case.server:8} {case.exhibit}")
            for difference in differences:
                print(f"         {difference}")
        print(f"{len(tried) - wrong} of {len(tried)} cases agree with the zoo")
        return 1 if wrong or not tried else 0
    finally:
        servers.end(running)
        if args.keep:
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
