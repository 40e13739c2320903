"""The files themselves: nothing inline, nothing foreign, nothing that turns a name into markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.pages.sources import HTML, PAGES, SCRIPTS, STYLES, WORDS


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def elements(path: Path) -> list[tuple[str, dict[str, str]]]:
    parser = _Elements()
    parser.feed(path.read_text(encoding="utf-8"))
    return parser.found


each_page = pytest.mark.parametrize("path", HTML, ids=lambda path: path.name)


def test_there_are_four_pages() -> None:
    assert [path.name for path in HTML] == ["desk.html", "phone.html", "report.html", "wall.html"]


@each_page
def test_no_script_or_style_is_inline(path: Path) -> None:
    for tag, attributes in elements(path):
        assert tag != "style"
        assert tag != "script" or attributes.get("src", "").startswith("/static/")
        assert not [name for name in attributes if name == "style" or name.startswith("on")]


@each_page
def test_what_a_page_names_is_in_the_package(path: Path) -> None:
    named = [a.get("src") or a.get("href") or "" for tag, a in elements(path) if tag in ("script", "link", "img")]
    assert named
    for address in named:
        assert address.startswith("/static/"), address
        assert (PAGES / address.removeprefix("/static/")).is_file(), address


@each_page
def test_a_page_forbids_all_that_it_does_not_need(path: Path) -> None:
    [policy] = [a["content"] for tag, a in elements(path) if a.get("http-equiv") == "Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert (rules["script-src"], rules["style-src"], rules["connect-src"]) == ("'self'",) * 3
    assert "unsafe" not in policy


@each_page
def test_ids_are_unique_and_every_field_has_a_label(path: Path) -> None:
    ids = [attributes["id"] for _, attributes in elements(path) if "id" in attributes]
    assert len(ids) == len(set(ids))
    text = path.read_text(encoding="utf-8")
    assert len(re.findall(r"<input", text)) == len(re.findall(r'<label class="field">.*<input', text))


@pytest.mark.parametrize("path", [*SCRIPTS, *WORDS], ids=lambda path: path.name)
def test_no_script_makes_markup_from_text_or_loads_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert word not in text
    assert [name for name in re.findall(r'(?:from|import) "(.+?)"', text) if not (path.parent / name).is_file()] == []
    assert set(re.findall(r"https?://[\w./]+", text)) <= {"http://www.w3.org/2000/svg"}


@pytest.mark.parametrize("path", [*SCRIPTS, *HTML], ids=lambda path: path.name)
def test_no_page_follows_the_person(path: Path) -> None:
    """No check-in, no track: no page asks the phone where it is, but for the place of a report, pressed for, once."""
    text = path.read_text(encoding="utf-8")
    if path.name == "report_where.js":
        assert text.count("getCurrentPosition(") == text.count("#ask(onFound)") - 1 == 1
        text = text.replace("navigator.geolocation", "")
    for word in ("geolocation", "watchPosition", "sendBeacon", "DeviceMotion"):
        assert word not in text


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_styles_take_their_colours_from_the_tokens_that_exist(path: Path) -> None:
    defined = set(re.findall(r"(--[\w-]+):", "".join(style.read_text(encoding="utf-8") for style in STYLES)))
    set_by_script = {"--columns", "--tile", "--ratio"}
    assert set(re.findall(r"var\((--[\w-]+)", path.read_text(encoding="utf-8"))) - defined - set_by_script == set()
