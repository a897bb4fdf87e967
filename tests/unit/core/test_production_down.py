"""Who writes that production is down is understood in every language that we speak, and other words are left alone."""

import time

import pytest

from oncall.core.production_down import says_production_is_down


@pytest.mark.parametrize(
    "text",
    [
        "Production is down",
        "PRODUCTION DOWN!",
        "PROD DOWN",
        "prod's down",
        "our production is down!",
        "our prod is completely down",
        "production: down",
        "Production has been down since nine",
        "Our website is down",
        "our site is down since 10",
        "the website is unreachable",
        "The whole site went offline",
        "the shop on eu-west is completely down",
        "The web shop seems to be down",
        "everything is down since 3",
        "we have an outage in production",
        "La production est en panne",
        "Notre site est inaccessible",
        "la boutique ne répond plus",
        "tout est en panne depuis ce matin",
        "De productie ligt plat",
        "onze webshop is onbereikbaar",
        "alles ligt eruit",
        "de site is uit de lucht",
        "Die Produktion steht",
        "Unser Webshop ist nicht erreichbar",
        "Das Produktivsystem ist ausgefallen",
        "alles ist down",
    ],
)
def test_words_that_say_that_production_is_down(text: str) -> None:
    assert says_production_is_down(text)


@pytest.mark.parametrize(
    "text",
    [
        "Please scale production down to 2 nodes",
        "a question about production",
        "downtime report",
        "please slow down",
        "production works. My mood is down",
        "the system breaks down invoices by customer",
        "everyone sat down for the production meeting",
        "production is not down",
        "can you add a user",
        "La page de production est lente",
        "De site is traag",
        "Die Seite steht auf Deutsch",
        "",
    ],
)
def test_words_that_do_not(text: str) -> None:
    assert not says_production_is_down(text)


def test_a_megabyte_of_such_words_is_read_in_no_time() -> None:
    for words in ("production ", "prod is ", "alles ist ", "site " * 8 + "a" * 40, " :-"):
        began = time.perf_counter()
        says_production_is_down(words * (1_000_000 // len(words)))
        assert time.perf_counter() - began < 0.5
