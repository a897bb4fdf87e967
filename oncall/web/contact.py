"""The hotline as a contact for engineers' telephones, and how to let it ring at night. Nothing here is secret."""

from flask import Blueprint, Response, render_template

from oncall.core.contact_card import CONTENT_TYPE, FILE_NAME, contact_card, contact_name
from oncall.web.runtime import runtime

blueprint = Blueprint("contact", __name__)


@blueprint.get("/contact.vcf")
def card() -> Response:
    """The card that a telephone adds to its contacts."""
    configuration = runtime().configuration.current()
    text = contact_card(configuration.hotline.company, configuration.calling_numbers())
    response = Response(text, content_type=f"{CONTENT_TYPE}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{FILE_NAME}"'
    return response


@blueprint.get("/contact")
def page() -> str:
    """The card, and three steps each for iPhone and Android."""
    configuration = runtime().configuration.current()
    company = configuration.hotline.company
    return render_template(
        "contact.html",
        company=company,
        numbers=configuration.calling_numbers(),
        name=contact_name(company),
    )
