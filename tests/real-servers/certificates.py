"""The certificates of the cases, made by openssl(1)."""

import subprocess

CONFIG = """
[ca]
default_ca = here
[here]
database = {folder}/index.txt
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
email_in_dn = no
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[server]
subjectAltName = DNS:{name}
extendedKeyUsage = {usage}
{access}
"""
# As public authorities have it; others do not.
ACCESS = "authorityInfoAccess = caIssuers;URI:http://pki.real.test/intermediate.der"
NOW = ("20260101000000Z", None)
PAST = ("20200101000000Z", "20200331000000Z")


class Authority:
    """A root that is trusted, an intermediate, one that ended in 2020, one that has RSA, and a stranger."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        (folder / "index.txt").touch()
        self.issuers = {}
        self.make_authority("root", None)
        self.make_authority("intermediate", "root")
        self.make_authority("intermediate-2019", "root", ("20190101000000Z", "20201231000000Z"))
        self.make_authority("intermediate-rsa", "root", kind="rsa:2048")
        self.make_authority("stranger", None)

    def openssl(self, *args):
        done = subprocess.run(["openssl", *map(str, args)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"openssl {' '.join(map(str, args))}: {done.stderr}")
        return done.stdout

    def key(self, name, kind="ec"):
        path = self.folder / f"{name}.key"
        if kind == "ec":
            self.openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path)
        else:
            self.openssl("genrsa", "-out", path, kind.removeprefix("rsa:"))
        return path

    def sign(self, name, subject, issuer, days, section, extra=(), host="unused.test", usage="serverAuth", kind="ec"):
        key = self.key(name, kind)
        config, request, signed = (self.folder / f"{name}.{end}" for end in ("cnf", "csr", "pem"))
        access = ACCESS if issuer not in (None, "stranger") else ""
        config.write_text(CONFIG.format(folder=self.folder, name=host, usage=usage, access=access))
        self.openssl("req", "-new", "-config", config, "-key", key, "-subj", f"/CN={subject}", "-out", request)
        by = ["-selfsign", "-keyfile", key] if issuer is None else [
            "-cert", self.folder / f"{issuer}.pem", "-keyfile", self.folder / f"{issuer}.key"
        ]
        begin, end = days
        until = ["-enddate", end] if end else ["-days", "300"]
        self.openssl(
            "ca", "-batch", "-notext", "-config", config, "-in", request, "-out", signed, *by,
            "-extensions", section, "-startdate", begin, *until, *extra,
        )
        return key, signed

    def make_authority(self, name, issuer, days=NOW, kind="ec"):
        self.sign(name, f"Real {name}", issuer, days, "authority", kind=kind)

    def issue(self, kind, host):
        """A PEM file with the key and the chain of `kind` for `host`."""
        name = f"{host}-{kind}"
        path = self.folder / f"{name}.chain"
        if path.exists():
            return path
        other = "www.another.real.test"
        issuer, days, names, usage, key, extra = "intermediate", NOW, host, "serverAuth", "ec", ()
        match kind:
            case "expired":
                days = PAST
            case "wrong-name":
                names = other
            case "expired-wrong-name":
                days, names = PAST, other
            case "wildcard":
                names = "*." + host.split(".", 1)[1]
            case "self-signed":
                issuer = None
            case "unknown-issuer":
                issuer = "stranger"
            case "expired-intermediate":
                issuer = "intermediate-2019"
            case "client-only":
                usage = "clientAuth"
            case "rsa-1024":
                key = "rsa:1024"
            case "sha1":
                issuer, extra = "intermediate-rsa", ("-md", "sha1")
        private, own = self.sign(name, names, issuer, days, "server", extra, names, usage, key)
        sent = [] if issuer is None or kind in ("no-intermediate", "unknown-issuer") else [f"{issuer}.pem"]
        parts = [private, own, *(self.folder / part for part in sent)]
        path.write_text("".join(part.read_text() for part in parts))
        path.chmod(0o644)  # keys of tests, which servers read as users of their own
        return path

    def tlsa(self, chain):
        """The SHA-256 of its public key, in hexadecimal: the data of a TLSA record 3 1 1 (RFC 6698 §2.1)."""
        public = self.folder / "public.der"
        self.openssl("pkey", "-in", chain, "-pubout", "-outform", "DER", "-out", public)
        return self.openssl("dgst", "-sha256", "-r", public).split()[0]
