#!/usr/bin/env python3
"""Runs nginx, Apache and Caddy with the configurations that `mta-sts generate` makes, and fetches from them.

Each runs on 127.0.0.1 as nobody (where this is root), with the configuration as it is but for port, certificate and document
root, beside another site that redirects, as on most servers. The policy must come with 200, as text/plain and once, readable
from any page, byte for byte, over every version of HTTP the server speaks; everything else must be 404. Then each is run with
one line spoilt, and that must be seen. Only processes that were started here are ended, by their ids.

    tests/hosting/servers.py FOLDER...      # folders of `mta-sts generate --host all`, each with FOLDER.json beside
"""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import debian
from made import Made, Wrong, hold, same

PROGRAMS = {
    "nginx": "nginx",
    # Its modules, and no service, where `apache2` is the service.
    "apache2": "apache2-bin",
    "caddy": "caddy",
    "curl": "curl",
    "openssl": "openssl",
}
POLICY = "/.well-known/mta-sts.txt"
# What is not to be there. A server with a document root likes to list a folder, or to redirect to it.
NOTHING = ["/", "/index.html", "/.well-known", "/.well-known/", "/.well-known/other", f"{POLICY}/", "/mta-sts.txt"]
NOBODY = 65534


def replaced(text, *overrides):
    """The text with each override once in place; a template that has changed is not run half overridden."""
    for old, new in overrides:
        hold(old in text, f"there is no {old!r} to replace")
        text = text.replace(old, new)
    return text


@dataclass
class Site:
    """What a server is started with."""

    made: Made
    place: Path
    port: int
    programs: dict

    @property
    def key(self):
        return self.place / "privkey.pem"

    @property
    def certificate(self):
        return self.place / "fullchain.pem"

    @property
    def root(self):
        return self.place / "www"

    @property
    def overrides(self):
        host = self.made.host
        return [(f"/etc/letsencrypt/live/{host}/", f"{self.place}/"), (f"/var/www/{host}", str(self.root))]


def nginx(site, spoil):
    config = site.place / "nginx.conf"
    emitted = site.made.read("nginx/{host}.conf")
    own = replaced(
        spoil(emitted),
        *site.overrides,
        ("listen 443 ssl;", f"listen 127.0.0.1:{site.port} ssl;"),
        # The machine need not have IPv6.
        ("    listen [::]:443 ssl;\n", ""),
    )
    (site.place / "site.conf").write_text(own)
    # Around it what Debian's nginx.conf has, and another site. With two of them nginx looks the name up in a table.
    config.write_text(f"""
pid {site.place}/nginx.pid;
error_log stderr;
daemon off;
worker_processes 1;
events {{ }}
http {{
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log off;
    gzip on;
    client_body_temp_path {site.place}/body;
    proxy_temp_path {site.place}/proxy;
    fastcgi_temp_path {site.place}/fastcgi;
    uwsgi_temp_path {site.place}/uwsgi;
    scgi_temp_path {site.place}/scgi;
    server {{
        listen 127.0.0.1:{site.port} ssl default_server;
        server_name www.example.org;
        ssl_certificate {site.certificate};
        ssl_certificate_key {site.key};
        return 301 https://www.example.org$request_uri;
    }}
    include {site.place}/site.conf;
}}
""")
    return [site.programs["nginx"], "-p", site.place, "-c", config, "-e", "stderr"], {}


# What Debian turns on, and what the emitted README turns on beside it.
APACHE_MODULES = (
    "mpm_event access_compat alias auth_basic authn_core authn_file authz_core authz_host authz_user autoindex deflate dir env "
    "filter mime negotiation reqtimeout setenvif status ssl socache_shmcb headers http2"
).split()


def apache(site, spoil):
    emitted = spoil(site.made.read("apache/{host}.conf"))
    own = replaced(emitted, *site.overrides, ("*:443>", f"127.0.0.1:{site.port}>"))
    loads = "\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in APACHE_MODULES)
    config = site.place / "apache.conf"
    config.write_text(f"""
ServerRoot {site.place}
DefaultRuntimeDir {site.place}
PidFile {site.place}/apache.pid
ServerName localhost
Listen 127.0.0.1:{site.port}
ErrorLog /dev/stderr
{loads}
TypesConfig {mime_types(site)}
AddOutputFilterByType DEFLATE text/html text/plain
Protocols h2 http/1.1
<Directory />
    AllowOverride None
    Require all denied
</Directory>
<VirtualHost 127.0.0.1:{site.port}>
    ServerName www.example.org
    SSLEngine on
    SSLCertificateFile {site.certificate}
    SSLCertificateKeyFile {site.key}
    Redirect permanent / https://www.example.org/
</VirtualHost>
{own}
""")
    return [site.programs["apache2"], "-DFOREGROUND", "-d", site.place, "-f", config], {}


def mime_types(site):
    """The system's, or what of it counts here."""
    system = Path("/etc/mime.types")
    if system.exists():
        return system
    own = site.place / "mime.types"
    own.write_text("text/html html\ntext/plain txt\n")
    return own


def caddy(site, spoil):
    emitted = site.made.read("caddy/Caddyfile")
    own = replaced(
        spoil(emitted),
        (
            f"{site.made.host} {{\n",
            f"https://{site.made.host}:{site.port} {{\n\tbind 127.0.0.1\n\ttls {site.certificate} {site.key}\n",
        ),
        *site.overrides[1:],
    )
    config = site.place / "Caddyfile"
    config.write_text(f"""{{
	admin off
	auto_https disable_redirects
	skip_install_trust
	storage file_system {site.place}
}}
https://www.example.org:{site.port} {{
	bind 127.0.0.1
	tls {site.certificate} {site.key}
	redir https://www.example.org{{uri}}
}}
{own}""")
    home = str(site.place)
    return (
        [site.programs["caddy"], "run", "--adapter", "caddyfile", "--config", config],
        {"HOME": home, "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home},
    )


@dataclass
class Server:
    folder: str
    configure: object
    # The versions of HTTP it is to speak as it is configured: HTTP/2 is the emitted file's business nowhere.
    speaks: tuple
    # A line spoilt, and what has to be said of it.
    spoilt: list


SERVERS = [
    Server(
        "nginx",
        nginx,
        ("--http1.1",),
        [
            ("default_type text/plain;", "default_type text/html;", "Content-Type"),
            ("charset utf-8;", "charset utf-8; add_header Content-Type text/plain;", "Content-Type"),
            ("return 404;", "return 301 https://www.example.org/;", "/: 301"),
        ],
    ),
    Server(
        "apache",
        apache,
        ("--http1.1", "--http2"),
        [
            ('ForceType "text/plain; charset=utf-8"', "ForceType application/octet-stream", "Content-Type"),
            ("RedirectMatch 404", "# RedirectMatch 404", "/: 403"),
        ],
    ),
    Server(
        "caddy",
        caddy,
        ("--http1.1", "--http2"),
        [
            ("header Access-Control-Allow-Origin *", "header Access-Control-Allow-Origin null", "Access-Control-Allow-Origin"),
            ("respond 404", "respond 200", "/: 200"),
        ],
    ),
]


class Running:
    """A server as long as it is needed: it is the leader of a session of its own, and ended with all that is in that."""

    def __init__(self, server, site, spoil):
        command, around = server.configure(site, spoil)
        nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        self.log = site.place / "log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                list(map(str, command)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **around},
                cwd=site.place,
                start_new_session=True,
                **nobody,
            )
        self.port = site.port

    def __enter__(self):
        try:
            self.wait()
        except BaseException:
            self.end()
            raise
        return self

    def wait(self):
        until = time.monotonic() + 20
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise Wrong(f"it does not start:\n{self.log.read_text()[-1500:]}")

    def end(self):
        # Quickly: nothing of it is kept.
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(timeout=5)
        except ProcessLookupError:
            self.process.wait()
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def __exit__(self, *_):
        self.end()


def fetch(site, path, *options):
    """Status line, headers as a list of name and value, and body."""
    body = site.place / "body.bin"
    body.unlink(missing_ok=True)
    url = f"https://{site.made.host}:{site.port}{path}"
    command = [site.programs["curl"], "--silent", "--show-error", "--path-as-is", "--max-time", "10"]
    # Not even a proxy that the machine has.
    command += ["--noproxy", "*", "--cacert", site.certificate, "--connect-to", f"::127.0.0.1:{site.port}"]
    command += ["--dump-header", "-", "--output", body, "--header", "Origin: https://tool.example.org", *options, url]
    # Its own settings would count where a developer has some.
    command.insert(1, "--disable")
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    hold(done.returncode == 0, f"{path}: {done.stderr.strip()}")
    first, *rest = done.stdout.strip().splitlines()
    headers = [tuple(part.strip() for part in line.split(":", 1)) for line in rest if ":" in line]
    return first, headers, body.read_bytes() if body.exists() else b""


def judge(site, speaks):
    """Holds what the server answers against what it has to."""
    wanted = site.made.policy.encode()
    for version in speaks:
        for options in ([version], [version, "--compressed"], [version, "--head"]):
            line, headers, body = fetch(site, POLICY, *options)
            what = f"{POLICY} ({' '.join(options)})"
            spoken = "HTTP/2" if version == "--http2" else "HTTP/1.1"
            hold(line.startswith(f"{spoken} 200"), f"{what}: {line}")
            values = lambda name: [value for key, value in headers if key.lower() == name.lower()]
            types = values("Content-Type")
            hold(types in (["text/plain; charset=utf-8"], ["text/plain"]), f"{what}: Content-Type {types}")
            same(values("Access-Control-Allow-Origin"), ["*"], f"{what}: Access-Control-Allow-Origin")
            same(values("Location"), [], f"{what}: Location")
            if "--head" not in options:
                same(body, wanted, f"{what}: the body")
        for path in NOTHING:
            line, _, body = fetch(site, path, version)
            status = line.split()[1]
            hold(status == "404", f"{path}: {status} and not 404 ({version})")
            hold(wanted not in body, f"{path}: the policy, where it is not to be")


def try_it(server, made, programs, spoil=lambda text: text):
    """Starts a server, judges it, and ends it."""
    with tempfile.TemporaryDirectory(prefix="mta-sts-hosting-") as place:
        place = Path(place)
        site = Site(made, place, free_port(), programs)
        certify(site)
        # As the emitted README has it.
        [copy] = re.findall(r"`(install -D .*)`", made.read(f"{server.folder}/README.md"))
        copy = replaced(copy, site.overrides[1])
        subprocess.run(shlex.split(copy), check=True, cwd=made.folder / server.folder)
        (place / "log").touch()
        if os.geteuid() == 0:
            for path in [place, *place.rglob("*")]:
                os.chown(path, NOBODY, NOBODY)
        with Running(server, site, spoil) as running:
            try:
                judge(site, server.speaks)
            except Wrong as wrong:
                # One that has ended said why.
                log = running.log.read_text()[-1500:] if running.process.poll() is not None else ""
                raise Wrong(f"{wrong}\n{log}".strip()) from None


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def certify(site):
    """A certificate for the policy host, signed by itself. A common name has 64 characters at most, so the name is not in it."""
    command = [site.programs["openssl"], "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "2", "-keyout", site.key, "-out", site.certificate, "-subj", "/CN=policy host"]
    command += ["-addext", f"subjectAltName=DNS:{site.made.host},DNS:www.example.org"]
    subprocess.run(list(map(str, command)), check=True, capture_output=True)


def versions(programs):
    for name, option in (("nginx", "-v"), ("apache2", "-v"), ("caddy", "version")):
        done = subprocess.run([programs[name], option], capture_output=True, text=True, check=False)
        yield f"{name}: {(done.stdout + done.stderr).strip().splitlines()[0]}"


def main():
    # Ended from outside it still ends what it started.
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda *_: sys.exit(1))
    sets = [Made(folder) for folder in sys.argv[1:]]
    hold(sets, "no folder is named")
    programs = debian.ready(PROGRAMS)
    for line in versions(programs):
        print(line)
    begun = time.monotonic()
    faults = 0

    def report(what, run):
        nonlocal faults
        try:
            run()
        except Wrong as wrong:
            faults += 1
            print(f"WRONG  {what}: {wrong}")
        else:
            print(f"ok     {what}")

    def clean(made):
        emitted = made.path("caddy/Caddyfile")
        done = subprocess.run([programs["caddy"], "fmt", emitted], capture_output=True, text=True, check=False)
        same(done.stdout, emitted.read_text(), "as `caddy fmt` would have it")

    for made in sets:
        report(f"caddy fmt, {made.name}", lambda: clean(made))
        for server in SERVERS:
            report(f"{server.folder}, {made.name}", lambda: try_it(server, made, programs))
    for server in SERVERS:
        for old, new, says in server.spoilt:
            report(f"{server.folder} with {new!r} is refused", lambda: refused(server, sets[0], programs, old, new, says))
    print(f"servers: {faults} wrong, {time.monotonic() - begun:.1f} s")
    return 1 if faults else 0


def refused(server, made, programs, old, new, says):
    """A line spoilt has to be seen, and for what it is: else the whole could pass by seeing nothing."""
    try:
        try_it(server, made, programs, lambda text: replaced(text, (old, new)))
    except Wrong as wrong:
        hold(says in str(wrong), f"it is said to be wrong for another reason: {wrong}")
        return
    raise Wrong("nothing is said")


if __name__ == "__main__":
    sys.exit(main())
