"""Reading files that others made: archives, XML, JSON and YAML, within limits.

Nothing is unpacked to disk, so no path in an archive can escape a folder. Sizes are counted while
reading, because those stated in an archive may lie. XML is read without DTD, entities or network.
"""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from bw_tinyml.errors import UntrustedError

if TYPE_CHECKING:
    import yaml
    from lxml import etree

_CHUNK = 1 << 20
#: far more than our YAML files need; a deeper file is built to exhaust the parser
_YAML_DEPTH = 20
_ENCRYPTED = 0x1
_ADVICE = "unpack and look at it, or ask whoever made it; nothing was read from it"


@dataclass(frozen=True)
class Limits:
    """What an archive may hold.

    Attributes
    ----------
    files
        Number of members.
    file_bytes, total_bytes
        Unpacked size of one member and of all that is read.
    ratio
        Unpacked over packed size of a member larger than 1 MB; text hardly exceeds 50, zip bombs
        start near 1000.
    """

    files: int = 100_000
    file_bytes: int = 200_000_000
    total_bytes: int = 2_000_000_000
    ratio: int = 300


class Archive:
    """Members of a zip archive, read within limits; made by :func:`open_archive`."""

    def __init__(self, path: Path, opened: zipfile.ZipFile, limits: Limits) -> None:
        self.path = path
        self.limits = limits
        self._zip = opened
        self._read = 0
        self._members: dict[str, zipfile.ZipInfo] = {}
        members = [m for m in opened.infolist() if not m.is_dir()]
        if len(members) > limits.files:
            raise self._refusal(f"it holds {len(members)} files, more than {limits.files}")
        for member in members:
            self._admit(member)

    def _admit(self, member: zipfile.ZipInfo) -> None:
        name = member.filename
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if not parts or parts[0] == "/" or ".." in parts or ":" in parts[0] or "\0" in name:
            raise self._refusal(f"the path '{name}' leads out of it")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise self._refusal(f"'{name}' is a symbolic link")
        if member.flag_bits & _ENCRYPTED:
            raise self._refusal(f"'{name}' is encrypted")
        if name in self._members:
            raise self._refusal(f"it holds '{name}' twice")
        self._members[name] = member

    def _refusal(self, why: str) -> UntrustedError:
        return UntrustedError(f"'{self.path.name}' is refused: {why}", _ADVICE)

    def names(self, suffix: str = "") -> list[str]:
        """Return the members whose name ends so (in any case), in order of their names."""
        return sorted(n for n in self._members if n.lower().endswith(suffix.lower()))

    def read(self, name: str) -> bytes:
        """Return the content of a member.

        Raises
        ------
        UntrustedError
            There is no such member, it is damaged, or larger than the limits allow.
        """
        if name not in self._members:
            raise self._refusal(f"it has no '{name}'")
        member = self._members[name]
        content = bytearray()
        try:
            with self._zip.open(member) as stream:
                while chunk := stream.read(_CHUNK):
                    content += chunk
                    self._count(name, len(content), len(chunk), member.compress_size)
        except UntrustedError:
            raise
        except Exception as error:  # zipfile, zlib, bz2 and lzma each have errors of their own
            raise self._refusal(f"'{name}' is damaged: {error}") from error
        return bytes(content)

    def _count(self, name: str, size: int, chunk: int, packed: int) -> None:
        self._read += chunk
        if size > self.limits.file_bytes:
            raise self._refusal(f"'{name}' unpacks to more than {self.limits.file_bytes} bytes")
        if size > _CHUNK and size > self.limits.ratio * max(packed, 1):
            raise self._refusal(
                f"'{name}' unpacks to more than {self.limits.ratio} times its packed size"
            )
        if self._read > self.limits.total_bytes:
            raise self._refusal(f"it unpacks to more than {self.limits.total_bytes} bytes")


@contextmanager
def open_archive(path: Path | str, limits: Limits | None = None) -> Iterator[Archive]:
    """Open a zip archive for reading.

    Raises
    ------
    UntrustedError
        The file does not exist, is not a zip archive, or holds what it must not.
    """
    path = Path(path)
    try:
        opened = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise UntrustedError(f"there is no file '{path}'", "correct the path") from None
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        if path.suffix.lower() in (".xlsx", ".xlsm"):
            text, hint = "is not an Excel workbook", "correct the path, or save it as .xlsx again"
        else:
            text, hint = "is not a zip archive", "correct the path, or pack it as zip"
        raise UntrustedError(f"'{path.name}' {text}: {error}", hint) from error
    with opened:
        yield Archive(path, opened, limits or Limits())


def parse_xml(content: bytes, name: str) -> etree._Element:
    """Return the root element of an XML document, read without DTD, entities or network.

    Parameters
    ----------
    content
        The document.
    name
        Where it comes from, for messages.

    Raises
    ------
    UntrustedError
        The document is not well-formed, or has a document type declaration.
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        dtd_validation=False,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UntrustedError(f"'{name}' is not well-formed XML: {error}", _ADVICE) from error
    if root.getroottree().docinfo.doctype:
        raise UntrustedError(
            f"'{name}' is refused: it has a document type declaration, which may hide entities",
            "remove the line <!DOCTYPE ...>; data sets need none",
        )
    return root


def parse_json(content: bytes, name: str) -> Any:
    """Return the content of a JSON document.

    Raises
    ------
    UntrustedError
        The document is not JSON in UTF-8, holds numbers that are not finite, or is nested too
        deeply.
    """

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not a number of JSON")

    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise UntrustedError(f"'{name}' is not valid JSON: {error}", _ADVICE) from error


def compose_yaml(text: str, name: str) -> yaml.Node | None:
    """Return the nodes of a YAML document, which know their line; nothing of it is executed.

    Raises
    ------
    UntrustedError
        It is not YAML, uses aliases, or is nested too deeply.
    """
    import yaml

    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                mark = event.start_mark
                line = mark.line + 1 if mark else 1
                raise UntrustedError(
                    f"{name}:{line}: YAML aliases are refused, they can make a file explode",
                    "write the value out",
                )
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _YAML_DEPTH:
                raise UntrustedError(f"{name}: nested more than {_YAML_DEPTH} deep")
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        found = getattr(error, "problem_mark", None)
        place = f"{name}:{found.line + 1}" if found else name
        problem = getattr(error, "problem", None) or "cannot be parsed"
        raise UntrustedError(f"{place}: not valid YAML: {problem}", "correct the line") from error
