"""The fake GitHub behind HTTP; and the way to it without a network, for a world whose clock is moved by hand."""

import json
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
import urllib3
from flask import Blueprint, Response, request
from requests.adapters import BaseAdapter

from oncall.channels.github import GitHubApi
from oncall.ports import Clock
from oncall.sim.github import FakeGitHub, RefusedError


def create_github_api(fake: FakeGitHub) -> Blueprint:
    """The part of GitHub's REST API that is used here. ``fake.base_url`` is where it is served."""
    blueprint = Blueprint("github_api", __name__)

    @blueprint.route("/<path:path>", methods=["GET", "POST", "PATCH"])
    def api(path: str) -> Response:
        fields = request.get_json(silent=True)
        token = request.headers.get("Authorization", "")
        status, answer, headers = asked(fake, request.method, f"/{path}", dict(request.args), fields, token)
        return Response(json.dumps(answer), status=status, mimetype="application/json", headers=headers)

    return blueprint


def asked(
    fake: FakeGitHub, method: str, path: str, args: dict[str, str], fields: Any, token: str
) -> tuple[int, Any, dict[str, str]]:
    """Status, JSON and headers of an answer."""
    try:
        answer, headers = fake.answer(method, path, args, fields, token)
    except RefusedError as refusal:
        return refusal.status, {"message": refusal.message}, dict(refusal.headers)
    return (201 if method == "POST" else 200), answer, headers


class _NoNetwork(BaseAdapter):
    """Hands each request of a session to the fake, and its answer back."""

    def __init__(self, fake: FakeGitHub) -> None:
        super().__init__()
        self._fake = fake

    def send(self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any) -> requests.Response:
        """The fake's answer."""
        parts = urlsplit(str(request.url))
        fields = json.loads(request.body) if request.body else None
        token = request.headers.get("Authorization", "")
        args = dict(parse_qsl(parts.query))
        status, read, headers = asked(self._fake, str(request.method), parts.path, args, fields, token)
        answer = requests.Response()
        answer.status_code = status
        answer.headers.update(headers)
        answer.raw = urllib3.HTTPResponse(BytesIO(json.dumps(read).encode()), status=status, preload_content=False)
        answer.url, answer.request = str(request.url), request
        return answer

    def close(self) -> None:
        """Nothing is open."""


def without_network(fake: FakeGitHub, clock: Clock) -> GitHubApi:
    """The real client of GitHub's API, with this fake in the place of the network."""
    return GitHubApi(fake.token, fake.base_url, clock, _NoNetwork(fake))
