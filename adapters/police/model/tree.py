"""From bytes to a plain tree, the same for XML and JSON, by readers that nothing in a document can harm.

A tree maps each name to the list of what stood under it, in order: texts and further trees.
"""

import re
from typing import Any

import orjson
from lxml import etree

from contracts.errors import Fate, InvalidMessage, Problem

NAMESPACE = "urn:missing-children-hub:police-missing-report"
ROOT = "missingReport"
MAX_BYTES = 2_000_000
MAX_DEPTH = 16
MAX_NODES = 20_000

Tree = dict[str, list[Any]]

_DOCTYPE = re.compile(r"(?>\s|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL | re.IGNORECASE)
_DECLARED = re.compile(r"<\?xml[^>]*?encoding\s*=\s*[\"']([^\"'>]{1,40})[\"']")
_CHARSET = re.compile(r"charset\s*=\s*\"?([^\s;\"]{1,40})", re.IGNORECASE)
_UTF_8 = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})


def read_tree(body: bytes, content_type: str) -> tuple[Tree, list[Problem]]:
    """Read a document, XML or JSON by what it looks like, and name what is odd about its outside.

    Raises InvalidMessage, refused: too large, not UTF-8, with a DOCTYPE, nested too deeply, or not readable.
    """
    if len(body) > MAX_BYTES:
        raise _refused(
            "The report is too large.", "body", f"larger than {MAX_BYTES} bytes", "Send photographs by reference."
        )
    text = _decoded(body, content_type)
    is_xml = text.lstrip()[:1] == "<"
    problems = [] if _fits(content_type, is_xml) else [Problem("Content-Type", "says another format than the body has")]
    tree, more = _from_xml(text) if is_xml else _from_json(text)
    return tree, problems + more


def _refused(title: str, field: str, detail: str, remedy: str = "") -> InvalidMessage:
    return InvalidMessage(Fate.REFUSED, title, [Problem(field, detail, remedy)])


def _fits(content_type: str, is_xml: bool) -> bool:
    return ("xml" if is_xml else "json") in content_type.lower()


def _decoded(body: bytes, content_type: str) -> str:
    said = _CHARSET.search(content_type)
    declared = _DECLARED.match(body[:200].decode("latin-1").removeprefix("\xef\xbb\xbf").lstrip())
    for name, found in (("Content-Type", said), ("XML declaration", declared)):
        if found is not None and found[1].lower() not in _UTF_8:
            raise _refused("The report is not in UTF-8.", name, "names another character set", "Send UTF-8 and say so.")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = f"byte {error.start} is not UTF-8"
        raise _refused("The report is not in UTF-8.", "body", where, "Send UTF-8 and say so.") from None
    if "\x00" in text:
        raise _refused("The report is not readable text.", "body", "contains null characters", "Send UTF-8.")
    return text


def _from_json(text: str) -> tuple[Tree, list[Problem]]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        where = f"not readable as XML or JSON at line {error.lineno}, column {error.colno}"
        raise _refused("The report is not readable.", "body", where, "Send a well-formed document.") from None
    if not isinstance(value, dict):
        return {}, [Problem("body", "is not a report: an object is needed")]
    inner = value.get(ROOT)
    return _Counted().tree_of_json(inner if isinstance(inner, dict) else value), []


def _from_xml(text: str) -> tuple[Tree, list[Problem]]:
    if _DOCTYPE.match(text):
        raise _refused(
            "The report has a DOCTYPE.", "body", "a DOCTYPE is never read", "Send it without a DOCTYPE and entities."
        )
    root = _parsed(text)
    # A second lock: whatever the first look missed, the parser has seen.
    if root.getroottree().docinfo.doctype:
        raise _refused(
            "The report has a DOCTYPE.", "body", "a DOCTYPE is never read", "Send it without a DOCTYPE and entities."
        )
    name = etree.QName(root)
    problems = []
    if name.localname != ROOT:
        problems.append(Problem("body", f"its outermost element is not {ROOT}"))
    elif name.namespace != NAMESPACE:
        problems.append(Problem("body", "is not in the profile's namespace", f"Use {NAMESPACE}."))
    if any(element.attrib for element in root.iter()):
        problems.append(Problem("body", "attributes are not part of the profile and were ignored"))
    tree = _Counted().tree_of_xml(root, name.namespace, 1)
    return (tree if isinstance(tree, dict) else {}), problems


def _parsed(text: str) -> Any:
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(text.lstrip().encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        where = f"not readable as XML at line {line}" if line else "not readable as XML"
        raise _refused("The report is not readable.", "body", where, "Send a well-formed document.") from None


class _Counted:
    """Turns parsed documents into trees, and stops at the limits of depth and number."""

    def __init__(self) -> None:
        self._nodes = 0

    def _count(self, depth: int) -> None:
        self._nodes += 1
        if depth > MAX_DEPTH:
            raise _refused("The report is nested too deeply.", "body", f"more than {MAX_DEPTH} levels")
        if self._nodes > MAX_NODES:
            raise _refused("The report is too large.", "body", f"more than {MAX_NODES} fields")

    def tree_of_xml(self, element: Any, namespace: str | None, depth: int) -> Tree | str:
        self._count(depth)
        if len(element) == 0 and depth > 1:
            return element.text or ""
        tree: Tree = {}
        for child in element:
            name = etree.QName(child)
            key = name.localname if name.namespace == namespace else name.text
            tree.setdefault(key, []).append(self.tree_of_xml(child, namespace, depth + 1))
        return tree

    def tree_of_json(self, value: dict[str, Any], depth: int = 1) -> Tree:
        self._count(depth)
        return {key: self._list_of_json(inner, depth + 1) for key, inner in value.items()}

    def _list_of_json(self, value: Any, depth: int) -> list[Any]:
        self._count(depth)
        if value is None:
            return []
        if isinstance(value, dict):
            return [self.tree_of_json(value, depth)]
        if isinstance(value, list):
            return [inner for item in value for inner in self._list_of_json(item, depth + 1)]
        return [("true" if value else "false") if isinstance(value, bool) else str(value)]
