"""What `mta-sts generate` made, and what it was to make."""

import json
from pathlib import Path


class Made:
    """A folder it wrote, with what it said of it (`--format json`) in the file beside."""

    def __init__(self, folder):
        self.folder = Path(folder)
        said = json.loads(self.folder.with_name(f"{self.folder.name}.json").read_text())
        self.name = self.folder.name
        self.domain = said["domain"]
        self.host = f"mta-sts.{self.domain}"
        self.policy = said["policy"]
        self.ttl = said["ttl"]
        # By owner name, without the last dot.
        self.records = {record["name"]: record["text"] for record in said["records"]}

    def at(self, folder):
        """The same, with its files in another folder."""
        other = object.__new__(Made)
        other.__dict__ = {**self.__dict__, "folder": Path(folder)}
        return other

    def filled(self, path):
        """A path with the names of the domain."""
        return path.replace("{host}", self.host).replace("{domain}", self.domain)

    def path(self, path):
        return self.folder / self.filled(path)

    def read(self, path):
        return self.path(path).read_text()


class Wrong(Exception):
    """What is made is not what it is to be."""


def hold(condition, what):
    if not condition:
        raise Wrong(what)


def same(got, wanted, what):
    hold(got == wanted, f"{what}: {got!r} and not {wanted!r}")
