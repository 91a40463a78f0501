"""Reads texts with checkdmarc and postfix-mta-sts-resolver, for `cargo xtask differential`.

A line of JSON in, a line of JSON out, by reader. What stands at the end of the network is replaced,
and nothing else: the programs look up, fetch, decode, parse and check as they do for a domain.
"""

import asyncio
import io
import json
import sys

import aiodns
import aiodns.compat
import dns.resolver
import requests
import urllib3

import checkdmarc.mta_sts
import checkdmarc.utils
from postfix_mta_sts_resolver import resolver as pmsr

RECORD = [b"v=STSv1; id=1"]
POLICY = b"version: STSv1\nmode: enforce\nmx: mx.example.com\nmax_age: 86400\n"
HEADERS = {"Content-Type": "text/plain"}


def strings(text):
    """A text as the strings of a TXT record: of at most 255 octets, and at least one."""
    return [text[at : at + 255] for at in range(0, len(text), 255)] or [b""]


class Served:
    """What DNS and the policy host answer now."""

    records = RECORD
    policy = POLICY


class TxtAnswer:
    def __init__(self, text):
        self.strings = tuple(strings(text))


def resolve(domain, record_type, **_):
    if record_type == "TXT" and domain.startswith("_mta-sts."):
        return [TxtAnswer(text) for text in Served.records]
    raise dns.resolver.NoAnswer


def send(adapter, request, **_):
    body = io.BytesIO(Served.policy)
    response = urllib3.HTTPResponse(body, HEADERS, 200, preload_content=False)
    return adapter.build_response(request, response)


checkdmarc.utils._resolve_with_failover = resolve
requests.adapters.HTTPAdapter.send = send


def checkdmarc_reads():
    checkdmarc.utils.DNS_CACHE.clear()
    found = checkdmarc.mta_sts.check_mta_sts("example.com")
    if not found["valid"]:
        return {"error": found["error"]}
    policy = found["policy"]
    return {key: policy[key] for key in ("mode", "max_age", "mx")} | {"id": found["id"]}


class Body:
    def __init__(self):
        self.stream = io.BytesIO(Served.policy)

    async def read(self, size):
        return self.stream.read(size)


class Response:
    status = 200
    headers = HEADERS | {}
    charset = None

    def __init__(self):
        self.content = Body()

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        pass


class Session:
    def __init__(self, **_):
        pass

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        pass

    def get(self, *_, **__):
        return Response()


class Resolver:
    def __init__(self, **_):
        pass

    async def query(self, *_):
        # The octets as aiodns hands them over.
        text = aiodns.compat._maybe_str
        return [aiodns.compat.AresQueryTXTResult(text=text(record), ttl=60) for record in Served.records]


pmsr.aiohttp.ClientSession = Session
pmsr.aiodns.DNSResolver = Resolver


async def pmsr_reads(resolver):
    status, found = await resolver.resolve("example.com")
    if status is not pmsr.STSFetchResult.VALID:
        return {"error": status.name}
    known, policy = found
    return {key: policy[key] for key in ("mode", "max_age", "mx")} | {"id": known}


async def main():
    resolver = pmsr.STSResolver(loop=asyncio.get_running_loop())
    pmsr.logging.disable(pmsr.logging.CRITICAL)
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["kind"] == "match":
            taken = checkdmarc.mta_sts.mx_in_mta_sts_patterns(asked["host"], [asked["pattern"]])
            print(json.dumps({"checkdmarc": {"match": taken}}))
            continue
        Served.records, Served.policy = RECORD, POLICY
        if asked["kind"] == "policy":
            Served.policy = bytes.fromhex(asked["hex"])
        else:
            Served.records = [bytes.fromhex(text) for text in asked["texts"]]
        print(json.dumps({"checkdmarc": checkdmarc_reads(), "postfix-mta-sts-resolver": await pmsr_reads(resolver)}))


asyncio.run(main())
