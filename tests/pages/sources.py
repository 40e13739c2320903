"""The pages' own files, as the tests read them."""

from __future__ import annotations

import re
from pathlib import Path

import api

PAGES = Path(api.__file__).resolve().parent / "pages"
HTML = sorted(PAGES.glob("*.html"))
SCRIPTS = sorted(PAGES.glob("js/*.js"))
STYLES = sorted(PAGES.glob("css/*.css"))


def dictionaries() -> dict[str, dict[str, str]]:
    """{"zh": {key: words}, "en": {key: words}} of i18n.js, whose entries stand one to a line."""
    text = (PAGES / "js" / "i18n.js").read_text(encoding="utf-8")
    found = {}
    for language in ("zh", "en"):
        [block] = re.findall(rf"^export const {language} = \{{\n(.*?)^\}};", text, re.M | re.S)
        entries = re.findall(r'^  "([\w.]+)": "(.*)",$', block, re.M)
        assert len(entries) == len([line for line in block.splitlines() if line.strip()]), (
            f"a line of {language} is odd"
        )
        assert len(dict(entries)) == len(entries), f"a key of {language} stands twice"
        found[language] = dict(entries)
    return found
