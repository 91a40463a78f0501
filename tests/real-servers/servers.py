"""Installs, configures, starts and ends the servers."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import debian
from debian import PLACES

from cases import ZONE
from certificates import Authority

# Each program with the Debian package it is in.
PROGRAMS = {
    "postfix": "postfix",
    "nginx": "nginx-light",
    "named": "bind9",
    "dnssec-signzone": "bind9-utils",
    "unbound": "unbound",
    "openssl": "openssl",
}
# Exim's package excludes that of Postfix, so it is unpacked beside the system: here, with its libraries.
EXIM = Path(__file__).resolve().parent.parent.parent / "target/real-servers/exim"


def find():
    """The programs that are there, and the names of those that are not."""
    found = {name: shutil.which(name, path=PLACES) for name in PROGRAMS}
    unpacked = EXIM / "usr/sbin/exim4"
    found["exim4"] = shutil.which("exim4", path=PLACES) or (str(unpacked) if unpacked.exists() else None)
    return found, [name for name, path in found.items() if not path]


def install(missing):
    """Installs Debian packages; none of their services is started."""
    debian.install(sorted({PROGRAMS[name] for name in missing if name in PROGRAMS}))
    if "exim4" in missing:
        unpack_exim()


def unpack_exim():
    """Exim and the libraries it needs and the system does not have, unpacked into a folder. Debian's wants a user of its
    own even to say its version: nss_wrapper lets it find one."""
    depends = ["apt-cache", "depends", "--recurse", "--no-recommends", "--no-suggests",
               "--no-conflicts", "--no-breaks", "--no-replaces", "--no-enhances", "exim4-daemon-light"]
    names = subprocess.run(depends, check=True, capture_output=True, text=True).stdout.split("\n")
    libraries = [name for name in names if name.startswith("lib") and not debian.installed(name)]
    EXIM.mkdir(parents=True, exist_ok=True)
    subprocess.run(["apt-get", "download", "exim4-daemon-light", "libnss-wrapper", *libraries], check=True, cwd=EXIM)
    for package in EXIM.glob("*.deb"):
        subprocess.run(["dpkg", "-x", package, EXIM], check=True)
        package.unlink()
    (EXIM / "passwd").write_text(Path("/etc/passwd").read_text() + "Debian-exim:x:65500:65500::/:/bin/false\n")
    (EXIM / "group").write_text(Path("/etc/group").read_text() + "Debian-exim:x:65500:\n")


def environment():
    """For every server: no settings of the system's OpenSSL."""
    return {**os.environ, "PATH": PLACES, "OPENSSL_CONF": "/dev/null"}


def exim_environment(program):
    """For Exim where it is unpacked beside the system: its libraries, and its user."""
    if not Path(program).is_relative_to(EXIM):
        return environment()
    libraries = sorted({str(path.parent) for path in EXIM.rglob("*.so*")})
    [wrapper] = EXIM.rglob("libnss_wrapper.so")
    return environment() | {
        "LD_LIBRARY_PATH": os.pathsep.join(libraries),
        "LD_PRELOAD": str(wrapper),
        "NSS_WRAPPER_PASSWD": str(EXIM / "passwd"),
        "NSS_WRAPPER_GROUP": str(EXIM / "group"),
    }


def versions(programs):
    """One line for each program."""
    asked = {
        "postfix": ["postconf", "-h", "mail_version"],
        "exim4": [programs["exim4"], "-bV"],
        "nginx": [programs["nginx"], "-v"],
        "named": [programs["named"], "-v"],
        "unbound": [programs["unbound"], "-V"],
        "openssl": [programs["openssl"], "version"],
    }
    for name, command in asked.items():
        around = exim_environment(command[0]) if name == "exim4" else environment()
        done = subprocess.run(command, capture_output=True, text=True, env=around, check=False)
        yield f"{name}: {(done.stdout + done.stderr).strip().splitlines()[0]}"


def start(programs, folder, cases):
    """Starts them all and waits until they answer; gives what is to be ended."""
    authority = Authority(folder / "pki")
    shutil.copy(folder / "pki/root.pem", folder / "ca.pem")
    running = []
    try:
        for configure in (bind, unbound, nginx, postfix, exim):
            place = folder / configure.__name__
            place.mkdir()
            command, ports = configure(programs, place, authority, cases)
            log = open(place / "output", "w")  # closed with this process
            around = exim_environment(command[0]) if configure is exim else environment()
            process = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, env=around, start_new_session=True
            )
            process.pid_files = [place / "queue/pid/master.pid"]
            running.append(process)
            for port in ports:
                wait_for(port, process, place)
    except BaseException:
        end(running)
        raise
    return running


def wait_for(port, process, place):
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            socket.create_connection(port, timeout=1).close()
            return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.05)
    raise RuntimeError(f"{place.name} does not listen at {port}: {(place / 'output').read_text()[-2000:]}")


def end(running):
    """Ends what was started here: each is the leader of a session of its own."""
    for process in reversed(running):
        # Postfix's master leaves the session of the script that starts it, and writes its id down.
        for pid in getattr(process, "pid_files", []):
            if pid.exists():
                os.kill(int(pid.read_text()), signal.SIGTERM)
        try:
            os.killpg(process.pid, signal.SIGTERM)
        except ProcessLookupError:
            continue
    for process in running:
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def chain(authority, case):
    return authority.issue(case.certificate, f"mx1.{case.name}.{ZONE}")


def bind(programs, place, authority, cases):
    tools = {name: Path(programs["dnssec-signzone"]).with_name(name) for name in ("dnssec-keygen", "dnssec-dsfromkey")}
    run = lambda *args: subprocess.run(
        [str(arg) for arg in args], check=True, capture_output=True, text=True, cwd=place, env=environment()
    ).stdout.strip()
    key = lambda zone: run(tools["dnssec-keygen"], "-q", "-a", "ECDSAP256SHA256", "-f", "KSK", zone)
    bogus = f"_mta-sts.bogus.{ZONE}"
    soa = "$TTL 60\n@ SOA ns.real.test. h.real.test. 1 60 60 600 60\n@ NS ns.real.test.\n"
    lines = [soa, "ns A 127.0.0.1"]
    for case in cases:
        policy_at = "127.0.0.11" if case.policy == "http2" else "127.0.0.10"
        if case.name != "bogus":
            lines.append(f'_mta-sts.{case.name} TXT "v=STSv1; id=20261101T000000"')
        lines += [
            f'_smtp._tls.{case.name} TXT "v=TLSRPTv1; rua=mailto:tlsrpt@{case.name}.{ZONE}"',
            f"mta-sts.{case.name} A {policy_at}",
            f"{case.name} MX 10 mx1.{case.name}",
            f"mx1.{case.name} A {case.address}",
        ]
        if case.name in ("good", "exim-good"):
            lines.append(f"_25._tcp.mx1.{case.name} TLSA 3 1 1 {authority.tlsa(chain(authority, case))}")
    # The DS of a key that is not the child's.
    lines += [f"{bogus}. NS ns.{ZONE}.", run(tools["dnssec-dsfromkey"], key(bogus))]
    zones = {ZONE: "\n".join(lines) + "\n", bogus: soa + '@ TXT "v=STSv1; id=20261101T000000"\n'}
    blocks = []
    for zone, text in zones.items():
        signing = key(zone)
        (place / zone).write_text(text + f"$INCLUDE {signing}.key\n")
        run(programs["dnssec-signzone"], "-q", "-z", "-o", zone, "-f", f"{zone}.signed", zone, signing)
        if zone == ZONE:
            (place.parent / "anchor").write_text((place / f"{signing}.key").read_text())
        blocks.append(f'zone "{zone}" {{ type primary; file "{zone}.signed"; }};')
    config = place / "named.conf"
    config.write_text(
        f'options {{ directory "{place}"; pid-file none; session-keyfile none; listen-on port 53053 {{ 127.0.0.1; }};\n'
        "listen-on-v6 { none; }; recursion no; dnssec-validation no; notify no; };\n"
        "controls { };\n" + "\n".join(blocks)
    )
    return [programs["named"], "-g", "-c", config], [("127.0.0.1", 53053)]


def unbound(programs, place, _authority, _cases):
    config = place / "unbound.conf"
    config.write_text(f"""
server:
  interface: 127.0.0.54@5300
  access-control: 127.0.0.0/8 allow
  do-ip6: no
  do-daemonize: no
  chroot: ""
  username: ""
  directory: "{place}"
  pidfile: "{place}/pid"
  use-syslog: no
  logfile: ""
  do-not-query-localhost: no
  local-zone: "test." nodefault
  trust-anchor-file: "{place.parent}/anchor"
  ede: yes
remote-control:
  control-enable: no
stub-zone:
  name: "{ZONE}"
  stub-addr: 127.0.0.1@53053
""")
    return [programs["unbound"], "-d", "-c", config], [("127.0.0.54", 5300)]


def nginx(programs, place, authority, cases):
    answers = {
        "good": "default_type text/plain;",
        "http2": "default_type text/plain;",
        "type": "default_type text/html;",
        "large": "default_type text/plain;",
        "gzip": "default_type text/plain; add_header Content-Encoding gzip;",
        "404": "return 404;",
        "500": "return 500;",
        "redirect": "return 301 https://www.real.test$request_uri;",
    }
    blocks = []
    for case in cases:
        host = f"mta-sts.{case.name}.{ZONE}"
        files = place / case.name / ".well-known"
        files.mkdir(parents=True)
        policy = f"version: STSv1\nmode: enforce\nmx: mx1.{case.name}.{ZONE}\nmax_age: 604800\n".encode()
        if case.policy == "large":
            policy += b"padding: " + b"x" * (100 * 1024)
        if case.policy == "gzip":
            policy = subprocess.run(["gzip", "-c"], input=policy, capture_output=True, check=True).stdout
        (files / "mta-sts.txt").write_bytes(policy)
        pem = authority.issue(case.policy_certificate, host)
        listen = "127.0.0.11:443 ssl http2" if case.policy == "http2" else "127.0.0.10:443 ssl"
        blocks.append(
            f"server {{ listen {listen}; server_name {host}; root {place}/{case.name}; ssl_certificate {pem};\n"
            f"ssl_certificate_key {pem}; location / {{ {answers[case.policy]} }} }}"
        )
    temporary = "".join(
        f"{kind}_temp_path {place}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = place / "nginx.conf"
    config.write_text(
        f"user nobody nogroup; worker_processes 1; daemon off; pid {place}/pid; error_log stderr;\n"
        f"events {{ worker_connections 64; }}\nhttp {{ access_log off; server_names_hash_bucket_size 128; types {{ }}\n"
        f"{temporary}" + "\n".join(blocks) + "\n}\n"
    )
    command = [programs["nginx"], "-p", place, "-e", "stderr", "-c", config]
    return command, [("127.0.0.10", 443), ("127.0.0.11", 443)]


def postfix(programs, place, authority, cases):
    daemons = subprocess.run(
        ["postconf", "-h", "daemon_directory"], capture_output=True, text=True, env=environment(), check=True
    ).stdout.strip()
    (place / "queue").mkdir()
    (place / "data").mkdir()
    shutil.chown(place / "data", "postfix")
    (place / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {place}/queue
data_directory = {place}/data
daemon_directory = {daemons}
maillog_file_prefixes = {place}
maillog_file = {place}/log
import_environment = MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG OPENSSL_CONF
myhostname = mx.{ZONE}
mydestination =
local_recipient_maps =
alias_maps =
inet_protocols = ipv4
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_tls_security_level = may
smtpd_tls_CAfile = {place.parent}/ca.pem
smtpd_recipient_restrictions = reject
""")
    lines = [
        "tlsmgr unix - - n 1000? 1 tlsmgr",
        "rewrite unix - - n - - trivial-rewrite",
        "anvil unix - - n - 1 anvil",
        "postlog unix-dgram n - n - 1 postlogd",
    ]
    for case in cases:
        if not case.listens or case.server == "exim":
            continue
        pem = chain(authority, case)
        options = dict(case.options)
        if options.get("tls_server_sni_maps"):
            # The certificate for the right name only where it is asked for; otherwise the case's own.
            right = authority.issue("good", f"mx1.{case.name}.{ZONE}")
            (place / "sni").write_text(f"mx1.{case.name}.{ZONE} {right}\n")
            subprocess.run(["postmap", "-c", place, "-F", f"hash:{place}/sni"], check=True, env=environment())
            options["tls_server_sni_maps"] = f"hash:{place}/sni"
        options["smtpd_tls_chain_files"] = pem
        lines.append(f"{case.address}:25 inet n - n - - smtpd")
        lines += [f"  -o {{ {name} = {value} }}" for name, value in options.items()]
    (place / "master.cf").write_text("\n".join(lines) + "\n")
    ports = [(case.address, 25) for case in cases if case.listens and case.server != "exim"]
    return [programs["postfix"], "-c", place, "start-fg"], ports


def exim(programs, place, authority, cases):
    ours = [case for case in cases if case.server == "exim"]
    # What each option is at each address, looked up by the address a client has connected to.
    tables = {"tls_certificate": {case.address: chain(authority, case) for case in ours}}
    defaults = {
        "tls_advertise_hosts": "*", "tls_verify_hosts": "", "tls_require_ciphers": "NORMAL", "acl_smtp_connect": "accept_all"
    }
    for option, default in defaults.items():
        tables[option] = {case.address: case.options.get(option, default) for case in ours}
    lines = []
    for option, table in tables.items():
        file = place / option
        file.write_text("".join(f"{address}: {value}\n" for address, value in table.items()))
        lines.append(f"{option} = ${{lookup{{$received_ip_address}}lsearch{{{file}}}}}")
    config = place / "exim.conf"
    config.write_text(f"""
exim_user = nobody
exim_group = nogroup
primary_hostname = exim.{ZONE}
spool_directory = {place}/spool
log_file_path = {place}/log-%s
pid_file_path = {place}/pid
local_interfaces = {' : '.join(case.address for case in ours)}
daemon_smtp_ports = 25
keep_environment =
host_lookup =
tls_verify_certificates = {place.parent}/ca.pem
tls_privatekey = ${{lookup{{$received_ip_address}}lsearch{{{place}/tls_certificate}}}}
{chr(10).join(lines)}

begin acl
accept_all:
  accept
refuse:
  deny message = not from you
""")
    (place / "spool").mkdir()
    for made in (place, place / "spool"):
        shutil.chown(made, "nobody", "nogroup")
    return [programs["exim4"], "-C", config, "-bdf"], [(case.address, 25) for case in ours]
