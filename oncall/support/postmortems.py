"""Post-mortems as texts and documents: the draft from the rows, and the page and PDF that a customer reads."""

from collections.abc import Sequence
from datetime import datetime

from oncall.core.incident import Incident
from oncall.core.postmortem import Postmortem, Version
from oncall.core.postmortem_actions import Action, ticked
from oncall.core.postmortem_draft import Facts, draft, title
from oncall.core.report_wording import moment
from oncall.documents import as_html, as_typst
from oncall.documents.composition import Document, Written
from oncall.errors import UnknownIncidentError
from oncall.ports import ConfigurationSource, Database


class PostmortemTexts:
    """Reads the rows; changes nothing."""

    def __init__(self, database: Database, configuration: ConfigurationSource) -> None:
        self._database = database
        self._configuration = configuration

    def draft(self, number: int) -> str:
        """A draft in Markdown, from what is known now. Raises UnknownIncidentError."""
        configuration = self._configuration.current()
        with self._database.read() as uow:
            incident = uow.incidents.get(number)
            if incident is None:
                raise UnknownIncidentError(f"There is no incident {number}.")
            timeline, deliveries = uow.timeline.of(number), uow.deliveries.of(number)
        return draft(
            Facts(
                incident=incident,
                timeline=timeline,
                deliveries=deliveries,
                names={key: engineer.name for key, engineer in configuration.engineers.items()},
                company=configuration.hotline.company,
                timezone=configuration.business_hours.timezone,
            )
        )

    def document(self, incident: Incident, text: str, actions: Sequence[Action], *, dated: datetime) -> Document:
        """The document that a customer reads: of a version, with its actions as they stand."""
        configuration = self._configuration.current()
        company, zone = configuration.hotline.company, configuration.business_hours.timezone
        return Document(
            title=title(incident),
            subtitle=f"{company}, {moment(zone, dated)} ({zone})",
            blocks=(Written(ticked(text, actions), headings_from=1),),
            author=company,
            footer=f"{company} · {title(incident)}",
        )

    def html(self, incident: Incident, text: str, actions: Sequence[Action], *, dated: datetime) -> str:
        """A safe fragment."""
        return as_html.to_html(self.document(incident, text, actions, dated=dated))

    def pdf(self, incident: Incident, text: str, actions: Sequence[Action], *, dated: datetime) -> bytes:
        """A4. Raises DocumentError."""
        return as_typst.to_pdf(self.document(incident, text, actions, dated=dated), at=dated)


def pdf_name(postmortem: Postmortem | Version) -> str:
    """``post-mortem-1042.pdf``."""
    return f"post-mortem-{postmortem.incident}.pdf"
