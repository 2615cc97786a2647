"""The table of the README: which claim is proved of which published template. Made by asking, never by hand."""

from collections.abc import Mapping

from conveyor_iac.cli.marked import with_made

BEGIN, END = "<!-- claims -->", "<!-- /claims -->"
NOT_ASKED = "–"  # noqa: RUF001 (a dash, so that it is no minus)


def with_table(page: str, templates: Mapping[str, bytes]) -> str:
    """The page with the table between its two markers made anew; a page without markers stays as it is."""
    return with_made(page, BEGIN, END, lambda: table(templates))


def table(templates: Mapping[str, bytes]) -> str:
    """A row per claim and a column per template, held against the contract that each carries.

    A claim that is asked of none, as those of Azure are, has no row.
    """
    from conveyor_iac.proofs.claims import every_claim
    from conveyor_iac.proofs.template import read
    from conveyor_iac.proofs.verify import verify

    reports = [verify(read(content.decode(), name)) for name, content in templates.items()]
    verdicts = [{result.claim.id: result.answer.verdict.value for result in report.results} for report in reports]
    rows = [[f"`{claim.id}`", claim.title, *(found.get(claim.id, NOT_ASKED) for found in verdicts)]
            for claim in every_claim() if any(claim.id in found for found in verdicts)]
    head = ["claim", "what it says", *(f"`{name}`" for name in templates)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))
