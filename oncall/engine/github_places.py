"""Which customer's a repository is, whatever it is called by now."""

from dataclasses import replace
from datetime import datetime

from oncall.core.customer import Customer
from oncall.core.github import KnownRepository, Repository
from oncall.core.inbound import Platform
from oncall.ports import Environment, UnitOfWork


def customer_in(env: Environment, uow: UnitOfWork, repository: Repository, now: datetime) -> Customer | None:
    """The customer whose ``github:`` names it, or named it before it was renamed; None for nobody's.

    That it is known, and what it is called now, is kept.
    """
    known = uow.github_repositories.get(repository.id)
    customer = _named(env, repository.name) or (_named(env, known.named) if known is not None else None)
    if customer is None:
        return None
    if known is None:
        uow.github_repositories.save(KnownRepository(repository.id, repository.name, customer.github, now))
        return customer
    as_it_is = replace(known, name=repository.name, named=customer.github)
    if as_it_is != known:
        uow.github_repositories.save(as_it_is)
        uow.links.move(Platform.GITHUB, repository.id, name=repository.name)
    return customer


def _named(env: Environment, name: str) -> Customer | None:
    customers = env.configuration.current().customers.values()
    return next((each for each in customers if name and each.github.lower() == name.lower()), None)
