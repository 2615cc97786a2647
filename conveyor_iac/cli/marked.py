"""What stands in a page between two markers is made anew; the rest of the page is somebody's own words."""

from collections.abc import Callable

from conveyor_iac.errors import Fault, InputError


def with_made(page: str, begin: str, end: str, make: Callable[[], str]) -> str:
    """The README's text with what is made between the two markers; a page without the first one stays as it is."""
    if begin not in page:
        return page
    head, _, rest = page.partition(begin)
    _, closed, tail = rest.partition(end)
    if not closed:
        raise InputError([Fault(path="README.md", value=f"{begin} without {end}", rule="what is generated stands"
                                " between two markers", way_out=f"Write {end} where it ends")])
    return f"{head}{begin}\n{make()}\n{end}{tail}"
