"""Holds every file that `mta-sts generate` makes against who reads it: a published schema, a linter, or a parser of the tool's own.

Every check is shown to bite: one value is spoilt in a copy, and the check has to refuse that for what it is. And no file is left
out: one that no check names fails the whole. `cargo xtask hosting` runs it in an environment with requirements.txt and
package.json, where the versions stand; docs/hosting.md says what holds what, and what is not verified.

    validate.py PLACE FOLDER...      # PLACE has node_modules; each FOLDER is of `mta-sts generate --host all`
"""

import hashlib
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fnmatch import fnmatch
from html.parser import HTMLParser
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import botocore.session
import botocore.validate
import dns.rdata
import dns.zone
import jsonschema
import yaml
from octodns.provider.yaml import YamlProvider
from octodns.record import ValidationError
from octodns.zone import Zone

import debian
from made import Made, Wrong, hold, same

PROGRAMS = {"named-checkzone": "bind9-utils", "shellcheck": "shellcheck", "node": "nodejs", "npm": "npm"}
BIN = Path(sys.executable).parent
URL_PATH = "/.well-known/mta-sts.txt"
HEADERS = {
    "Content-Type": "text/plain; charset=utf-8",
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": "public, max-age=300",
}


@dataclass
class Tools:
    """What checks run."""

    place: Path
    programs: dict
    schemas: dict = field(default_factory=dict)

    def run(self, *command, **options):
        """Runs a command; what it says where it fails is what is wrong."""
        command = [str(self.programs.get(part, part)) if n == 0 else str(part) for n, part in enumerate(command)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, **options)
        hold(done.returncode == 0, f"{Path(command[0]).name}: {(done.stdout + done.stderr).strip()[:1500]}")
        return done.stdout

    def evaluate(self, *what):
        around = {**os.environ, "NODE_PATH": str(self.place / "node_modules")}
        return json.loads(self.run("node", HERE / "evaluate.cjs", *what, env=around))

    def schema(self, package):
        return self.schemas[package]


def fits(schema, data):
    """Holds data against a JSON schema, of whatever draft it says it is."""
    validator = jsonschema.validators.validator_for(schema)(schema)
    faults = sorted(validator.iter_errors(data), key=lambda fault: fault.json_path)
    hold(not faults, "; ".join(f"{fault.json_path}: {fault.message[:300]}" for fault in faults))


# --- web hosts


def static_web_apps(made, tools):
    config = json.loads(made.read("azure-static-web-apps/home/staticwebapp.config.json"))
    fits(tools.schema("@azure/static-web-apps-cli"), config)
    same(config["routes"], [{"route": URL_PATH, "headers": HEADERS}], "the routes")
    same(config["mimeTypes"], {".txt": "text/plain"}, "the media types")
    # Nothing that answers in place of a missing file.
    same(sorted(config), ["mimeTypes", "routes"], "the settings")


def azure_pipelines(made, tools):
    path = made.path("azure-static-web-apps/azure-pipelines.yml")
    schema = ["--builtin-schema", "vendor.azure-pipelines", "--data-transform", "azure-pipelines"]
    # The schema has escapes that the default engine for patterns refuses, and then crashes.
    tools.run(BIN / "check-jsonschema", *schema, "--regex-variant", "nonunicode", path)
    [task] = [step for step in yaml.safe_load(path.read_text())["steps"] if "task" in step]
    deploys(task["inputs"])


def deploys(inputs):
    """What both ways to Static Web Apps have in common."""
    wanted = {"app_location": "/home", "output_location": "", "skip_app_build": True}
    same({key: inputs.get(key) for key in wanted}, wanted, "the inputs")


def workflow(path, then=lambda steps: None):
    def check(made, tools):
        file = made.path(path)
        tools.run(BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", file)
        tools.run(BIN / "zizmor", "--offline", "--no-progress", "--color", "never", "--config", HERE / "zizmor.yml", file)
        [job] = yaml.safe_load(file.read_text())["jobs"].values()
        then({step["uses"].partition("@")[0]: step.get("with", {}) for step in job["steps"]})

    return check


def uploads_hidden_files(steps):
    same(
        steps["actions/upload-pages-artifact"], {"path": ".", "include-hidden-files": True}, "what is uploaded"
    )


def functions(made, tools):
    host = json.loads(made.read("azure-functions/host.json"))
    same(host, {"version": "2.0", "extensions": {"http": {"routePrefix": ""}}}, "host.json")
    bindings = json.loads(made.read("azure-functions/mta-sts/function.json"))["bindings"]
    trigger = {
        "type": "httpTrigger", "direction": "in", "name": "req", "authLevel": "anonymous",
        "methods": ["get", "head"], "route": URL_PATH[1:],
    }
    same(bindings, [trigger, {"type": "http", "direction": "out", "name": "res"}], "the bindings")
    answer = tools.evaluate("functions", made.path("azure-functions/mta-sts"))
    same(answer, {"status": 200, "headers": HEADERS, "body": made.policy}, "what the function answers")


def pages_files(made, _tools):
    same(made.read("github-pages/CNAME"), f"{made.host}\n", "CNAME")
    same(made.read("github-pages/.nojekyll"), "", ".nojekyll")


def netlify(made, tools):
    folder = made.path("netlify")
    config = tomllib.loads((folder / "netlify.toml").read_text())
    same(sorted(config), ["build", "headers"], "the tables")
    same(config["build"], {"publish": "public"}, "what is built")
    # Netlify drops what it does not know, with no error; so what it has read is what counts. Both files say the same, as who
    # drops the folder on its page has no netlify.toml; and together they have to come to one rule.
    toml, headers = folder / "netlify.toml", folder / "public/_headers"
    for name, files in (("netlify.toml", [toml, ""]), ("_headers", ["", headers]), ("both", [toml, headers])):
        read = tools.evaluate("netlify", *files)
        same(read, {"headers": [{"for": URL_PATH, "values": HEADERS}], "errors": []}, f"what Netlify reads in {name}")


def vercel(made, tools):
    file = made.path("vercel/vercel.json")
    config = json.loads(file.read_text())
    # A key that is none passes unseen, and some redirect.
    wanted = {
        "$schema": "https://openapi.vercel.sh/vercel.json", "framework": None, "buildCommand": None,
        "installCommand": None, "outputDirectory": "public",
    }
    same({key: value for key, value in config.items() if key != "headers"}, wanted, "the settings")
    read = tools.evaluate("vercel", file)
    fits(read["schema"], config["headers"])
    same(read.get("error"), None, "what Vercel says of it")
    [route] = [route for route in read["routes"] if "headers" in route]
    same(route["headers"], HEADERS, "the headers")
    hold(re.search(route["src"], URL_PATH) and not re.search(route["src"], "/index.html"), f"it is for {route['src']}")


def header_file(path):
    """Cloudflare's form of `_headers`: a path at the beginning of a line, and below it headers that are indented."""

    def check(made, _tools):
        rules = {}
        for line in made.read(path).splitlines():
            if re.fullmatch(r"/\S*", line):
                rules[line] = rule = {}
            else:
                found = re.fullmatch(r"\s+([A-Za-z-]+):\s*(.*)", line)
                hold(found and rules, f"no header: {line!r}")
                hold(found[1] not in rule, f"twice: {line!r}")
                rule[found[1]] = found[2]
        same(rules, {URL_PATH: HEADERS}, "the rules")

    return check


def wrangler(made, tools):
    config = json.loads(made.read("cloudflare-workers/wrangler.jsonc"))
    fits(tools.schema("wrangler"), config)
    same(config["routes"], [{"pattern": made.host, "custom_domain": True}], "the routes")
    same(config["assets"], {"directory": "./public", "not_found_handling": "404-page"}, "the files")
    # Of a name, as Cloudflare has it for what becomes a part of a host name.
    hold(re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", config["name"]), f"no name: {config['name']}")


def cloudfront(made, tools):
    file = made.path("s3-cloudfront/template.yaml")
    tools.run(BIN / "cfn-lint", "--regions", "us-east-1", "--template", file)

    class Loader(yaml.SafeLoader):
        """Reads the functions of CloudFormation as their arguments."""

    read = {yaml.ScalarNode: "scalar", yaml.SequenceNode: "sequence", yaml.MappingNode: "mapping"}
    Loader.add_multi_constructor("!", lambda loader, _, node: getattr(loader, f"construct_{read[type(node)]}")(node))
    template = yaml.load(file.read_text(), Loader)  # noqa: S506 (it is a safe one)
    same(template["Parameters"]["PolicyHost"]["Default"], made.host, "the host")
    distribution = template["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    same(distribution["DefaultCacheBehavior"]["ViewerProtocolPolicy"], "https-only", "what is done with plain HTTP")
    same(distribution["Aliases"], ["PolicyHost"], "the names")


# Stands in for the AWS CLI: notes how it was called, and answers as it would for a stack that is there.
AWS = """#!/bin/sh
for word; do printf '%s\\0' "$word"; done >> "$CALLS"
printf '\\n' >> "$CALLS"
case "$*" in
*describe-stacks*BucketName*) echo the-bucket ;;
*describe-stacks*DistributionId*) echo THE-DISTRIBUTION ;;
*describe-stacks*) echo name.cloudfront.net ;;
esac
"""


def deploy_script(made, tools):
    script = made.path("s3-cloudfront/deploy.sh")
    tools.run("sh", "-n", script)
    tools.run("shellcheck", "--norc", "--shell=sh", script)
    hold(os.access(script, os.X_OK), "it is not to be run")
    with tempfile.TemporaryDirectory() as place:
        aws, log = Path(place) / "aws", Path(place) / "calls"
        aws.write_text(AWS)
        aws.chmod(0o755)
        said = tools.run("sh", script, "ZONE", env={"PATH": f"{place}:/usr/bin:/bin", "CALLS": str(log)})
        calls = [line.strip("\0").split("\0") for line in log.read_text().splitlines()]
    hold("name.cloudfront.net" in said, f"the name for an alias is not said: {said}")
    same(
        [call[:2] for call in calls if call[1] != "describe-stacks"],
        [["cloudformation", "deploy"], ["s3api", "put-object"], ["cloudfront", "create-invalidation"]],
        "the calls",
    )
    [put] = [call for call in calls if call[1] == "put-object"]
    given = parameters("s3", "PutObject", put)
    wanted = {
        "Bucket": "the-bucket", "Key": URL_PATH[1:], "Body": "mta-sts.txt",
        "ContentType": HEADERS["Content-Type"], "CacheControl": HEADERS["Cache-Control"],
    }
    same(given, wanted, "what is uploaded")
    for call in calls:
        if call[1] == "describe-stacks":
            same(list(parameters("cloudformation", "DescribeStacks", call)), ["StackName"], "what is asked for")
    [deploy] = [call for call in calls if call[1] == "deploy"]
    hold(f"PolicyHost={made.host}" in deploy and "HostedZoneId=ZONE" in deploy, f"the parameters: {deploy}")
    stack = deploy[deploy.index("--stack-name") + 1]
    hold(re.fullmatch("[a-zA-Z][a-zA-Z0-9-]{0,127}", stack), f"no name of a stack: {stack}")


def parameters(service, operation, call):
    """The options of a call as parameters of the service, all of which it has to know."""
    everywhere = {"--region", "--output", "--query"}
    options = zip(call[2::2], call[3::2], strict=True)
    given = {"".join(map(str.capitalize, key[2:].split("-"))): value for key, value in options if key not in everywhere}
    members = botocore.session.get_session().get_service_model(service).operation_model(operation).input_shape.members
    hold(given.keys() <= members.keys(), f"{operation} does not take {sorted(given.keys() - members.keys())}")
    return given


class Reader(HTMLParser):
    """Holds that every element is closed."""

    def __init__(self):
        super().__init__()
        self.open = []
        self.seen = []

    def handle_decl(self, decl):
        self.seen.append(decl)

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        hold(self.open and self.open.pop() == tag, f"</{tag}> closes nothing")


def html(made, _tools):
    for file in sorted(made.folder.rglob("*.html")):
        reader = Reader()
        reader.feed(file.read_text())
        hold(not reader.open and reader.seen[:2] == ["doctype html", "html"] and "title" in reader.seen, f"{file.name}: {reader.seen}")


def policies(made, _tools):
    files = [file for file in sorted(made.folder.rglob("mta-sts.txt")) if file.is_file()]
    for file in files:
        same(file.read_bytes(), made.policy.encode(), str(file.relative_to(made.folder)))
    # One for each host, and one on its own.
    hosts = [folder for folder in made.folder.iterdir() if folder.is_dir() and folder.name != "records"]
    same(len(files), len(hosts) + 1, "how many policies there are")


# --- forms of the records


def txt(*strings):
    """The text of a TXT record's strings, each of which has 255 octets at most (RFC 1035 §3.3.14)."""
    hold(all(len(string) <= 255 for string in strings), "a string is too long")
    return b"".join(strings).decode()


def are_wanted(made, got, what="the records"):
    """Holds records, each with its owner name and TTL, against those that were to be made."""
    same(sorted(got), sorted((name, made.ttl, text) for name, text in made.records.items()), what)


def plain(made, _tools):
    got = []
    for block in made.read("records/plain.txt").split("\n\n"):
        fields = dict(re.findall(r"^(\w+): +(.*)$", block, re.M))
        same(list(fields), ["Name", "Type", "TTL", "Value"], "the fields")
        same(fields["Type"], "TXT", "the type")
        got.append((fields["Name"], int(fields["TTL"]), fields["Value"]))
    are_wanted(made, got)


def zone_file(path):
    def check(made, tools):
        # Another origin and another TTL than the lines are for, where they are to bring their own.
        head = "$TTL 60\n@ IN SOA ns.example.net. hostmaster.example.net. 1 7200 900 1209600 300\n@ IN NS ns.example.net.\n"
        with tempfile.TemporaryDirectory() as place:
            zone, dump = Path(place) / "zone", Path(place) / "dump"
            zone.write_text(head + made.read(path))
            tools.run("named-checkzone", "-i", "local", "-D", "-o", dump, made.domain, zone)
            # It takes a text without quotation marks, and drops what follows a semicolon. What it has read is what counts.
            read = dns.zone.from_file(str(dump), made.domain, relativize=False)
        got = [
            (name.to_text(omit_final_dot=True), ttl, txt(*rdata.strings)) for name, ttl, rdata in read.iterate_rdatas("TXT")
        ]
        are_wanted(made, got)
        same(len(list(read.iterate_rdatas())), len(made.records) + 2, "how many records there are")

    return check


def route53(made, _tools):
    batch = json.loads(made.read("records/route53.json"))
    model = botocore.session.get_session().get_service_model("route53").operation_model("ChangeResourceRecordSets")
    shape = model.input_shape
    report = botocore.validate.ParamValidator().validate({"HostedZoneId": "Z0123456789", "ChangeBatch": batch}, shape)
    hold(not report.has_errors(), report.generate_report())
    # botocore leaves what is not known, and words of a list, to the service.
    known(shape.members["ChangeBatch"], batch, "ChangeBatch")
    got = []
    for change in batch["Changes"]:
        same(change["Action"], "UPSERT", "the action")
        sets = change["ResourceRecordSet"]
        same(sets["Type"], "TXT", "the type")
        [value] = [record["Value"] for record in sets["ResourceRecords"]]
        hold(re.fullmatch(r'"[^"]*"( "[^"]*")*', value), f"strings without quotation marks: {value}")
        strings = dns.rdata.from_text("IN", "TXT", value).strings
        hold(sets["Name"].endswith("."), f"no whole name: {sets['Name']}")
        got.append((sets["Name"][:-1], sets["TTL"], txt(*strings)))
    are_wanted(made, got)


def known(shape, value, at):
    """Holds that every key and word is one that the service's model has."""
    if shape.type_name == "structure":
        for key, one in value.items():
            hold(key in shape.members, f"{at} has no {key}")
            known(shape.members[key], one, f"{at}.{key}")
    elif shape.type_name == "list":
        for one in value:
            known(shape.member, one, at)
    else:
        hold(value in (getattr(shape, "enum", None) or [value]), f"{at} is {value}")


def terraform(made, tools):
    read = tools.evaluate("terraform", made.path("records/terraform.tf"))
    same(sorted(read), ["resource", "variable"], "the blocks")
    same(list(read["variable"]), ["zone_id"], "the variables")
    got = []
    for resource in read["resource"].pop("aws_route53_record").values():
        [resource] = resource
        # The arguments that the provider's documentation has for a record.
        same(sorted(resource), ["name", "records", "ttl", "type", "zone_id"], "the arguments")
        same((resource["type"], resource["zone_id"]), ("TXT", "${var.zone_id}"), "type and zone")
        [record] = resource["records"]
        # The provider puts the quotation marks around it.
        strings = dns.rdata.from_text("IN", "TXT", f'"{record}"').strings
        got.append((resource["name"], resource["ttl"], txt(*strings)))
    same(read["resource"], {}, "other resources")
    are_wanted(made, got)


def octodns(made, _tools):
    folder = made.path("records/octodns")
    zone = Zone(f"{made.domain}.", [])
    try:
        YamlProvider("test", str(folder), escaped_semicolons=True).populate(zone)
    except ValidationError as error:
        raise Wrong(f"octoDNS: {error}") from None
    got = []
    for record in zone.records:
        same(record._type, "TXT", "the type")
        [value] = record.values
        got.append((record.fqdn[:-1], record.ttl, value.replace("\\;", ";")))
        # As it goes to a DNS service.
        [chunked] = record.chunked_values
        txt(*dns.rdata.from_text("IN", "TXT", chunked).strings)
    are_wanted(made, got)
    hold("escaped_semicolons: true" in (folder / f"{made.domain}.yaml").read_text(), "what it takes is not said")
    # That is what it takes: without, octoDNS refuses it, and does not publish another text.
    try:
        YamlProvider("test", str(folder), escaped_semicolons=False).populate(Zone(f"{made.domain}.", []))
    except ValidationError:
        return
    raise Wrong("octoDNS reads it without escaped_semicolons, too")


def dnscontrol(made, tools):
    [domain] = tools.evaluate("dnscontrol", made.path("records/dnsconfig.js"))
    same(domain["name"], made.domain, "the domain")
    got = [(f"{record['label']}.{made.domain}", record["ttl"], record["text"]) for record in domain["records"]]
    are_wanted(made, got)


# --- all of them


@dataclass
class Check:
    name: str
    run: object
    # What it holds, as paths with {host}, {domain} and *.
    files: list
    # What is spoilt to show that it bites: path, what stands there, what comes in its place, and a part of what is said.
    spoilt: list


SWA, FUNCTIONS, RECORDS = "azure-static-web-apps", "azure-functions", "records"
AZURE_WORKFLOW, PAGES_WORKFLOW = f"{SWA}/.github/workflows/azure-static-web-apps.yml", "github-pages/.github/workflows/pages.yml"

CHECKS = [
    Check("every policy", policies, ["*mta-sts.txt"], [("caddy/mta-sts.txt", "max_age", "max-age", "caddy/mta-sts.txt")]),
    Check("HTML", html, ["*.html"], [("vercel/public/index.html", "</p>", "", "closes nothing")]),
    Check(
        "Azure Static Web Apps",
        static_web_apps,
        [f"{SWA}/home/staticwebapp.config.json"],
        [
            (f"{SWA}/home/staticwebapp.config.json", '"mimeTypes"', '"mimetypes"', "Additional properties are not allowed"),
            (f"{SWA}/home/staticwebapp.config.json", "text/plain; charset=utf-8", "text/html", "the routes"),
        ],
    ),
    Check(
        "Azure Pipelines",
        azure_pipelines,
        [f"{SWA}/azure-pipelines.yml"],
        [
            (f"{SWA}/azure-pipelines.yml", "app_location", "app_locaton", "Schema validation errors"),
            (f"{SWA}/azure-pipelines.yml", "app_location: /home", "app_location: /", "the inputs"),
        ],
    ),
    Check(
        "GitHub workflow, Azure",
        workflow(AZURE_WORKFLOW, lambda steps: deploys(steps["Azure/static-web-apps-deploy"])),
        [AZURE_WORKFLOW],
        [
            (AZURE_WORKFLOW, "runs-on", "run-on", "Schema validation errors"),
            (AZURE_WORKFLOW, "workflow_dispatch:", "pull_request_target:", "dangerous-triggers"),
        ],
    ),
    Check(
        "GitHub workflow, Pages",
        workflow(PAGES_WORKFLOW, uploads_hidden_files),
        [PAGES_WORKFLOW],
        [
            (PAGES_WORKFLOW, "timeout-minutes: 15", "timeout-minutes: soon", "Schema validation errors"),
            (PAGES_WORKFLOW, "workflow_dispatch:", "pull_request_target:", "dangerous-triggers"),
            (PAGES_WORKFLOW, "include-hidden-files: true", "include-hidden-files: false", "what is uploaded"),
        ],
    ),
    Check(
        "GitHub Pages",
        pages_files,
        ["github-pages/CNAME", "github-pages/.nojekyll"],
        [("github-pages/CNAME", "mta-sts.", "", "CNAME")],
    ),
    Check(
        "Azure Functions",
        functions,
        [f"{FUNCTIONS}/host.json", f"{FUNCTIONS}/mta-sts/function.json", f"{FUNCTIONS}/mta-sts/index.js"],
        [
            (f"{FUNCTIONS}/host.json", "routePrefix", "routeprefix", "host.json"),
            (f"{FUNCTIONS}/mta-sts/function.json", "anonymous", "function", "the bindings"),
            (f"{FUNCTIONS}/mta-sts/index.js", "text/plain", "text/html", "what the function answers"),
            (f"{FUNCTIONS}/mta-sts/mta-sts.txt", "testing", "enforce", "what the function answers"),
        ],
    ),
    Check(
        "Netlify",
        netlify,
        ["netlify/netlify.toml", "netlify/public/_headers"],
        [
            ("netlify/netlify.toml", "[headers.values]", "[headers.value]", "in netlify.toml"),
            ("netlify/public/_headers", "text/plain", "text/html", "in _headers"),
        ],
    ),
    Check(
        "Vercel",
        vercel,
        ["vercel/vercel.json"],
        [
            ("vercel/vercel.json", '"source"', '"src"', "Additional properties are not allowed"),
            ("vercel/vercel.json", '"outputDirectory"', '"outputDir"', "the settings"),
            ("vercel/vercel.json", "text/plain", "text/html", "the headers"),
        ],
    ),
    Check(
        "Cloudflare Pages",
        header_file("cloudflare-pages/_headers"),
        ["cloudflare-pages/_headers"],
        [("cloudflare-pages/_headers", "  Content-Type:", "Content-Type:", "no header")],
    ),
    Check(
        "Cloudflare Workers, headers",
        header_file("cloudflare-workers/public/_headers"),
        ["cloudflare-workers/public/_headers"],
        [("cloudflare-workers/public/_headers", "text/plain", "text/html", "the rules")],
    ),
    Check(
        "Cloudflare Workers, wrangler",
        wrangler,
        ["cloudflare-workers/wrangler.jsonc"],
        [
            ("cloudflare-workers/wrangler.jsonc", '"workers_dev"', '"worker_dev"', "worker_dev"),
            ("cloudflare-workers/wrangler.jsonc", "404-page", "404-pages", "404-pages"),
        ],
    ),
    Check(
        "CloudFormation",
        cloudfront,
        ["s3-cloudfront/template.yaml"],
        [
            ("s3-cloudfront/template.yaml", "ViewerProtocolPolicy: https-only", "ViewerProtocolPolicy: https", "E3030"),
            ("s3-cloudfront/template.yaml", "https-only", "redirect-to-https", "what is done with plain HTTP"),
        ],
    ),
    Check(
        "deploy.sh",
        deploy_script,
        ["s3-cloudfront/deploy.sh"],
        [
            ("s3-cloudfront/deploy.sh", "set -eu", "if", "Syntax error"),
            ("s3-cloudfront/deploy.sh", '"$(dirname "$0")"', "$(dirname $0)", "SC2086"),
            ("s3-cloudfront/deploy.sh", "--content-type", "--contents-type", "PutObject does not take"),
        ],
    ),
    Check("plain", plain, [f"{RECORDS}/plain.txt"], [(f"{RECORDS}/plain.txt", "Value: v", "Value: w", "the records")]),
    Check(
        "zone file",
        zone_file(f"{RECORDS}/zone-file.txt"),
        [f"{RECORDS}/zone-file.txt"],
        [
            (f"{RECORDS}/zone-file.txt", '"', "", "the records"),
            (f"{RECORDS}/zone-file.txt", "IN TXT", "IN TXTS", "named-checkzone"),
        ],
    ),
    Check(
        "BIND",
        zone_file(f"{RECORDS}/bind.zone"),
        [f"{RECORDS}/bind.zone"],
        [
            (f"{RECORDS}/bind.zone", "$ORIGIN", "$ORIGINS", "named-checkzone"),
            (f"{RECORDS}/bind.zone", "$ORIGIN ", "$ORIGIN sub.", "the records"),
        ],
    ),
    Check(
        "Route 53",
        route53,
        [f"{RECORDS}/route53.json"],
        [
            (f"{RECORDS}/route53.json", '"TTL": 3600', '"TTL": "3600"', "TTL"),
            (f"{RECORDS}/route53.json", "UPSERT", "UPDATE", "UPDATE"),
            (f"{RECORDS}/route53.json", '\\"', "", "without quotation marks"),
        ],
    ),
    Check(
        "Terraform",
        terraform,
        [f"{RECORDS}/terraform.tf"],
        [
            (f"{RECORDS}/terraform.tf", '"]\n}', '"\n}', "node"),
            (f"{RECORDS}/terraform.tf", "  ttl     =", "  tll     =", "the arguments"),
        ],
    ),
    Check(
        "octoDNS",
        octodns,
        [f"{RECORDS}/octodns/{{domain}}.yaml"],
        [
            (f"{RECORDS}/octodns/{{domain}}.yaml", "\\;", ";", "unescaped ;"),
            (f"{RECORDS}/octodns/{{domain}}.yaml", "ttl: 3600", "ttl: 60", "the records"),
        ],
    ),
    Check(
        "dnscontrol",
        dnscontrol,
        [f"{RECORDS}/dnsconfig.js"],
        [
            (f"{RECORDS}/dnsconfig.js", "))\n);", ")),\n);", "Unexpected token"),
            (f"{RECORDS}/dnsconfig.js", '"v=STSv1', '"v=STSv2', "the records"),
        ],
    ),
]

# What people read, and what servers.py starts.
OTHERS = ["README.md", "*/README.md", "nginx/{host}.conf", "apache/{host}.conf", "caddy/Caddyfile"]


def every_file_is_held(made):
    patterns = [made.filled(pattern) for pattern in OTHERS + [pattern for check in CHECKS for pattern in check.files]]
    files = [str(file.relative_to(made.folder)) for file in made.folder.rglob("*") if file.is_file()]
    left = [file for file in files if not any(fnmatch(file, pattern) for pattern in patterns)]
    hold(not left, f"no check holds {left}")
    idle = [pattern for pattern in patterns if not any(fnmatch(file, pattern) for file in files)]
    hold(not idle, f"no file is {idle}")


def bites(check, made, tools, path, old, new, says):
    """What is spoilt has to be refused, and for what it is: else a check could pass by reading nothing."""
    with tempfile.TemporaryDirectory() as place:
        copy = made.at(Path(place) / "made")
        shutil.copytree(made.folder, copy.folder)
        file = copy.path(path)
        text = file.read_text()
        hold(old in text, f"there is no {old!r} to spoil")
        file.write_text(text.replace(old, new))
        try:
            check.run(copy, tools)
        except Wrong as wrong:
            hold(says in str(wrong), f"it is said to be wrong for another reason: {wrong}")
            return
    raise Wrong("nothing is said")


def schemas(place, programs):
    """One file each out of npm packages that are hundreds of megabytes with what they depend on; kept between runs."""
    folder = place / "schemas"
    folder.mkdir(exist_ok=True)
    found = {}
    for package, wanted in json.loads((HERE / "package.json").read_text())["schemas"].items():
        kept = folder / f"{wanted['sha256']}.json"
        if not kept.exists():
            with tempfile.TemporaryDirectory() as unpacked:
                command = [programs["npm"], "pack", "--silent", "--ignore-scripts", "--pack-destination", unpacked, package]
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=unpacked)
                [tarball] = Path(unpacked).glob("*.tgz")
                with tarfile.open(tarball) as packed:
                    content = packed.extractfile(f"package/{wanted['file']}").read()
            same(hashlib.sha256(content).hexdigest(), wanted["sha256"], f"the SHA-256 of {package}'s {wanted['file']}")
            kept.write_bytes(content)
        found[package.rpartition("@")[0]] = json.loads(kept.read_text())
    return found


def main():
    place, *folders = sys.argv[1:]
    place, sets = Path(place), [Made(folder) for folder in folders]
    hold(sets, "no folder is named")
    programs = debian.ready(PROGRAMS)
    tools = Tools(place, programs, schemas(place, programs))
    # octoDNS tells of what it is set up with.
    logging.disable(logging.WARNING)
    begun = time.monotonic()

    tasks = [(f"every file is held, {made.name}", every_file_is_held, (made,)) for made in sets]
    for check in CHECKS:
        tasks += [(f"{check.name}, {made.name}", check.run, (made, tools)) for made in sets]
        hold(check.spoilt, f"{check.name} is not shown to bite")
        for path, old, new, says in check.spoilt:
            what = f"{check.name}: {old.strip()!r} as {new.strip()!r} is refused"
            tasks.append((what, bites, (check, sets[0], tools, path, old, new, says)))

    def attempt(task):
        what, run, arguments = task
        try:
            run(*arguments)
        except Wrong as wrong:
            return what, str(wrong)
        except Exception as error:  # Whatever shape a file has: what it is not read as is wrong, too.
            return what, f"{type(error).__name__}: {error}"
        return what, None

    faults = 0
    with ThreadPoolExecutor(os.cpu_count()) as side_by_side:
        for what, wrong in side_by_side.map(attempt, tasks):
            faults += wrong is not None
            print(f"WRONG  {what}: {wrong}" if wrong is not None else f"ok     {what}")
    print(f"validators: {len(tasks) - faults} of {len(tasks)} hold, {time.monotonic() - begun:.1f} s")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
