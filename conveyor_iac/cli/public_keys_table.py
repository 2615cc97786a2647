"""The table of the README: which public keys releases are signed with. Made from the keys that ship, never by hand."""

from conveyor_iac.errors import Fault, InputError

BEGIN, END = "<!-- keys -->", "<!-- /keys -->"


def with_table(page: str) -> str:
    """The page with the keys between its two markers written anew; a page without markers stays as it is."""
    from conveyor_iac.publishing.keys import table

    if BEGIN not in page:
        return page
    head, _, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not end:
        raise InputError([Fault(path="README.md", value=f"{BEGIN} without {END}", rule="the public keys stand between"
                                " two markers", way_out=f"Write {END} where they end")])
    return f"{head}{BEGIN}\n{table()}\n{END}{tail}"
