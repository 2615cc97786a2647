"""A strict reader of our pages: every tag is closed where it must be, and what there is to read and to fetch."""

from functools import cached_property
from html.parser import HTMLParser

VOID = {"meta", "br", "hr", "img", "input", "link"}
DRAWN = {"rect", "path", "line"}
"""Parts of a picture, which close themselves."""


class Read(HTMLParser):
    """A page as read; `AssertionError` for a tag that is not closed in its order."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.fetched: list[tuple[str, str]] = []
        self.text = ""
        self._open: list[str] = []
        self._quiet = 0
        self.feed(page)
        self.close()
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        assert len(given) == len(attrs), f"{tag} has an attribute twice"
        self.tags.append(tag)
        self.ids += [given["id"]] if "id" in given else []
        if tag == "a":
            self.links.append(given["href"])
        self.fetched += [(name, value) for name, value in attrs
                         if name in ("src", "srcset", "data", "poster", "action", "background", "xlink:href")
                         or name.startswith("on") or (name == "href" and tag != "a")]
        if tag not in VOID:
            self._open.append(tag)
            self._quiet += tag == "style"

    def handle_startendtag(self, tag, attrs):
        assert tag in DRAWN | VOID, f"<{tag}/> closes nothing in HTML"
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self._open[-1:] == [tag], f"</{tag}> closes {self._open[-1:]}"
        self._open.pop()
        self._quiet -= tag == "style"

    def handle_data(self, data):
        if not self._quiet:
            self.text += data

    @cached_property
    def words(self) -> str:
        """The text, its blanks made one."""
        return " ".join(self.text.split())
