"""The table of the README: which public keys releases are signed with. Made from the keys that ship, never by hand."""

from conveyor_iac.cli.marked import with_made

BEGIN, END = "<!-- keys -->", "<!-- /keys -->"


def with_table(page: str) -> str:
    """The page with the keys between its two markers written anew; a page without markers stays as it is."""
    from conveyor_iac.publishing.keys import table

    return with_made(page, BEGIN, END, table)
