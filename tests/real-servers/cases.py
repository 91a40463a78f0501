"""The cases, and how one is held against its exhibit of the zoo."""

import json
import subprocess
from dataclasses import dataclass, field

ZONE = "real.test"
RESOLVER = "127.0.0.54:5300"


@dataclass
class Case:
    """A domain `NAME.real.test` and the exhibit that must come to the same."""

    name: str
    exhibit: str
    server: str = "postfix"
    # What the mail server does otherwise: options of smtpd(8), or of exim(8) by name.
    options: dict = field(default_factory=dict)
    # The mail server's certificate, as `certificates.py` names them.
    certificate: str = "good"
    # What nginx answers, and with which certificate.
    policy: str = "good"
    policy_certificate: str = "good"
    # What may differ, each with its reason.
    but_for: dict = field(default_factory=dict)
    address: str = ""
    listens: bool = True


def postfix(name, exhibit, certificate="good", **options):
    return Case(name, exhibit, "postfix", {k: v for k, v in options.items()}, certificate)


def exim(name, exhibit, certificate="good", **options):
    return Case(name, exhibit, "exim", {k: v for k, v in options.items()}, certificate)


def nginx(name, exhibit, policy="good", certificate="good"):
    return Case(name, exhibit, "nginx", policy=policy, policy_certificate=certificate)


# TLS 1.0 is below OpenSSL's security level 1.
LEVEL_0 = "DEFAULT:@SECLEVEL=0"
ALL = [
    postfix("good", "record-split"),
    postfix("expired", "mx-expired-cert", "expired"),
    postfix("wrong-name", "mx-wrong-name", "wrong-name"),
    postfix("expired-wrong-name", "mx-expired-wrong-name", "expired-wrong-name"),
    postfix("self-signed", "mx-self-signed", "self-signed"),
    postfix("unknown-issuer", "mx-unknown-issuer", "unknown-issuer"),
    postfix("no-intermediate", "mx-no-intermediate", "no-intermediate"),
    postfix("expired-intermediate", "mx-expired-intermediate", "expired-intermediate"),
    postfix("client-cert", "mx-client-cert", "client-only"),
    postfix("wildcard", "mx-wildcard-cert", "wildcard"),
    postfix("rsa-1024", "mx-rsa-1024", "rsa-1024", tls_medium_cipherlist=LEVEL_0),
    postfix("sha1", "mx-sha1", "sha1", tls_medium_cipherlist=LEVEL_0),
    postfix("no-starttls", "no-starttls", smtpd_tls_security_level="none"),
    postfix("tls13-only", "tls13-only", smtpd_tls_protocols=">=TLSv1.3"),
    postfix("tls12-only", "tls12-only", smtpd_tls_protocols="<=TLSv1.2"),
    postfix("tls11-only", "tls11-only", smtpd_tls_protocols=">=TLSv1.1,<=TLSv1.1", tls_medium_cipherlist=LEVEL_0),
    postfix("tls10-only", "tls10-only", smtpd_tls_protocols=">=TLSv1,<=TLSv1", tls_medium_cipherlist=LEVEL_0),
    postfix("sni", "mx-other-cert-without-sni", "wrong-name", tls_server_sni_maps="SNI"),
    postfix("asks-client-cert", "mx-asks-client-cert", smtpd_tls_ask_ccert="yes"),
    postfix(
        "banner-554",
        "mx-banner-554",
        smtpd_client_restrictions="reject",
        smtpd_delay_reject="no",
        access_map_reject_code="554",
    ),
    postfix("keyword-discarded", "no-starttls", smtpd_discard_ehlo_keywords="starttls"),
    Case("refused", "mx-refused", "nobody", listens=False),
    exim("exim-good", "record-split"),
    exim("exim-expired", "mx-expired-cert", "expired"),
    exim("exim-wrong-name", "mx-wrong-name", "wrong-name"),
    exim("exim-no-starttls", "no-starttls", tls_advertise_hosts=""),
    exim("exim-tls13-only", "tls13-only", tls_require_ciphers="NORMAL:-VERS-ALL:+VERS-TLS1.3"),
    exim("exim-tls12-only", "tls12-only", tls_require_ciphers="NORMAL:-VERS-ALL:+VERS-TLS1.2"),
    Case(
        "exim-tls10-only",
        "tls10-only",
        "exim",
        {"tls_require_ciphers": "NORMAL:-VERS-ALL:+VERS-TLS1.0:%COMPAT"},
        but_for={"end": "GnuTLS says handshake_failure, not protocol_version; the closer look tells that it is the version"},
    ),
    exim("exim-demands-cert", "mx-demands-client-cert", tls_verify_hosts="*"),
    exim("exim-banner-550", "mx-banner-554", acl_smtp_connect="refuse"),
    nginx("policy-404", "policy-404", "404"),
    nginx("policy-redirect", "policy-redirect", "redirect"),
    nginx("policy-type", "policy-wrong-type", "type"),
    nginx("policy-500", "policy-500", "500"),
    nginx("policy-http2", "policy-http2", "http2"),
    nginx("policy-too-large", "policy-100-kib", "large"),
    nginx("policy-gzip", "policy-gzip", "gzip"),
    nginx("policy-expired", "policy-expired-cert", "good", "expired"),
    nginx("policy-wrong-name", "policy-wrong-name", "good", "wrong-name"),
    nginx("policy-self-signed", "policy-self-signed", "good", "self-signed"),
    Case("bogus", "record-bogus", "bind"),
]
# Each on an address of its own.
for number, case in enumerate(ALL, 1):
    case.address = f"127.0.1.{number}"


def compare(case, binary, folder):
    """What `mta-sts` says otherwise of the real servers than of the exhibit."""
    real = ["--resolver", RESOLVER, "--ca-file", folder / "ca.pem", "--allow-address", "127.0.0.0/8"]
    domain, exhibit = f"{case.name}.{ZONE}", f"{case.exhibit}.zoo.test"
    differences = []
    seen = summary(run(binary, "check", domain, *real), domain)
    wanted = summary(run(binary, "check", exhibit, "--zoo"), exhibit)
    for name, value in wanted.items():
        if seen[name] != value:
            differences.append(f"{name}: {seen[name]}, and {value} in the zoo")
    if not case.listens:
        return differences
    probe = run(binary, "probe", f"mx1.{domain}", *real)
    seen = stage(probe)
    wanted = stage(run(binary, "probe", f"mx1.{exhibit}", "--zoo"))
    for name, value in wanted.items():
        if seen[name] != value and name not in case.but_for:
            differences.append(f"probe, {name}: {seen[name]}, and {value} in the zoo")
    if differences:
        differences.append(f"the session: {probe['addresses'][0]['outcome'].get('session', {}).get('end')}")
    return differences


def run(binary, *args):
    done = subprocess.run(
        [binary, *args, "--timeout", "10", "--format", "json"], capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{args}: {done.stderr}")
    return json.loads(done.stdout)


def summary(report, domain):
    """What the zoo says of a domain, too."""
    codes = lambda level: sorted({f["code"] for f in report["findings"] if f["level"] == level})
    return {
        "record": report["record"]["state"],
        "policy": report["policy"]["state"],
        "mx_lookup": report["mx_lookup"],
        "tlsrpt": report["tlsrpt"]["state"],
        "delivery": report["delivery"],
        "hosts": [
            (mx["host"].removesuffix(domain), mx.get("matched"), mx["result"], mx.get("report")) for mx in report["mx"]
        ],
        "errors": codes("error"),
        "warnings": codes("warning"),
    }


def stage(probe):
    """Where the session ended and how, the faults of the certificate, and what a closer look shows."""
    [address] = probe["addresses"]
    session = address["outcome"].get("session", {})
    # The words of an alert are the library's, a refusal is one with every code of 5xx, and 4xx and 421 are others.
    end = session.get("end")
    if isinstance(end, dict):
        kind, inside = next(iter(end.items()))
        end = (kind, inside.get("code", 0) // 100, inside.get("old_version"))
    faults = (session.get("tls") or {}).get("faults", [])
    kinds = [fault if isinstance(fault, str) else next(iter(fault)) for fault in faults]
    closer = address.get("closer") or {}
    nameless = closer.get("without_sni")
    return {
        "result": address["result"],
        "stage": session.get("stage"),
        "end": end,
        "faults": sorted(kinds),
        "without SNI": nameless if isinstance(nameless, str) or nameless is None else next(iter(nameless)),
        "TLS": (closer.get("tls12"), closer.get("tls13"), (closer.get("old") or {}).get("version")),
    }
