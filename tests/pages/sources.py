"""The pages' own files, as the tests read them."""

from __future__ import annotations

import re
from pathlib import Path

import api

PAGES = Path(api.__file__).resolve().parent / "pages"
HTML = sorted(PAGES.glob("*.html"))
WORDS = sorted(PAGES.glob("js/words/*.js"))
SCRIPTS = sorted(PAGES.glob("js/*.js"))
STYLES = sorted(PAGES.glob("css/*.css"))


def words_of(path: Path) -> dict[str, tuple[str, str]]:
    """{key: (Chinese, English)} of one file of js/words, which holds nothing but such entries and comments."""
    text = path.read_text(encoding="utf-8")
    [block] = re.findall(r"^addWords\(\{\n(.*)^\}\);$", text, re.M | re.S)
    entry = re.compile(r'  "([\w.]+)": \[\s*"(.*)",\s+"(.*)",?\s*\],\n|  //.*\n|\n')
    entries, at = [], 0
    while at < len(block):
        found = entry.match(block, at)
        assert found, f'{path.name} is odd from here: {block[at : at + 80]!r}; expected  "key": ["Chinese", "English"],'
        if found[1]:
            entries.append((found[1], (found[2], found[3])))
        at = found.end()
    assert len(dict(entries)) == len(entries), f"a key stands twice in {path.name}"
    return dict(entries)


def dictionaries() -> dict[str, dict[str, str]]:
    """{"zh": {key: words}, "en": {key: words}} of all files of js/words."""
    entries = [entry for path in WORDS for entry in words_of(path).items()]
    assert len(dict(entries)) == len(entries), "a key stands in two files of js/words"
    return {language: {key: pair[at] for key, pair in entries} for at, language in enumerate(("zh", "en"))}


def imported(path: Path) -> set[str]:
    """What a script imports, by its name under js/, itself and what comes in later apart."""
    return set(re.findall(r'^(?:import|.* from) "\./(.+?)";$', path.read_text(encoding="utf-8"), re.M))
