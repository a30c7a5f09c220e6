"""Every adapter fills the port, lives in a folder of its name, and says in half a page what it is."""

import inspect
import re

import pytest

import adapters
from contracts.adapter import Adapter
from tests.conformance.found import ADAPTERS, NAMES, ROOT, folder

# What README.md of an adapter must tell, each in whatever words open a paragraph there.
TOLD = {
    "who": r"\*\*who",
    "format": r"\*\*(format|in|trace|out)",
    "source": r"source|published|public format",
    "assumed": r"assumed",
    "how to try it": r"adapters\.\w+\.simulator",
}
LINES = 60
PORT = [name for name, member in inspect.getmembers(Adapter) if not name.startswith("_")]
each_adapter = pytest.mark.parametrize("adapter", ADAPTERS, ids=NAMES)


def test_every_folder_of_an_adapter_is_registered() -> None:
    found = {path.parent.name for path in (ROOT / "adapters").glob("*/__init__.py")}
    assert set(adapters.FOLDERS) == found
    assert len(set(NAMES)) == len(NAMES) == len(found)


@each_adapter
def test_the_name_is_the_folder(adapter: Adapter) -> None:
    assert (folder(adapter.name) / "__init__.py").is_file()
    assert inspect.getmodule(type(adapter)).__name__.startswith(f"adapters.{adapter.name}")  # type: ignore[union-attr]


@each_adapter
@pytest.mark.parametrize("member", PORT)
def test_the_port_is_filled(adapter: Adapter, member: str) -> None:
    wanted = inspect.getattr_static(Adapter, member)
    filled = getattr(adapter, member)
    if not callable(wanted):
        return
    assert list(inspect.signature(filled).parameters) == list(inspect.signature(wanted).parameters)[1:]
    assert inspect.iscoroutinefunction(filled) == inspect.iscoroutinefunction(wanted)
    assert inspect.getdoc(getattr(type(adapter), member))


@each_adapter
def test_each_way_in_has_one_path_and_says_what_comes_there(adapter: Adapter) -> None:
    paths = [route.path for route in adapter.routes]
    assert paths
    assert len(set(paths)) == len(paths)
    for route in adapter.routes:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", route.path)
        assert route.partner_kinds
        assert route.content_types
        assert len(route.description.split()) > 3


@each_adapter
@pytest.mark.parametrize("section", TOLD)
def test_the_readme_tells(adapter: Adapter, section: str) -> None:
    text = (folder(adapter.name) / "README.md").read_text(encoding="utf-8")
    assert re.search(TOLD[section], text, re.IGNORECASE), f"adapters/{adapter.name}/README.md says nothing of {section}"


@each_adapter
def test_the_readme_is_no_longer_than_a_page(adapter: Adapter) -> None:
    lines = (folder(adapter.name) / "README.md").read_text(encoding="utf-8").splitlines()
    assert 10 < len(lines) <= LINES
    assert lines[0].startswith("# ")
