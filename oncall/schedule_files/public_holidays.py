"""Public holidays by country and region: the only module that asks holidays."""

import warnings
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache, lru_cache

from holidays import country_holidays, list_supported_countries

# Laws change holidays, and a date far ahead is a guess; outside of these years no day is one.
YEARS = range(2000, 2100)


@lru_cache(maxsize=64)
def public_holidays(code: str) -> frozenset[date]:
    """All public holidays of a country or region, such as BE or DE-BY, in those of ``YEARS`` in which they are known.

    None for "".
    """
    if not code:
        return frozenset()
    country, _, region = code.partition("-")
    with warnings.catch_warnings():  # of some countries fewer years are known, as our documentation says
        warnings.simplefilter("ignore")
        return frozenset(country_holidays(country, subdiv=region or None, years=YEARS))


@cache
def regions() -> Mapping[str, Sequence[str]]:
    """The codes of the countries whose public holidays are known, each with those of its regions."""
    return {country: tuple(found) for country, found in list_supported_countries().items()}
