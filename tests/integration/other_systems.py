"""The APIs of other systems on loopback: each answers from an export, in pages of one item."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]
Reply = tuple[int, Json | str, dict[str, str]]
Answering = Callable[[str, str, dict[str, list[str]], Json], Json | Reply | None]


@dataclass
class OtherSystem:
    """``answer`` is asked with method, path, query and JSON body; None is a 404."""

    answer: Answering
    url: str = ""
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


@contextmanager
def running(answer: Answering) -> Iterator[OtherSystem]:
    system = OtherSystem(answer)

    class Handler(BaseHTTPRequestHandler):
        def _reply(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length)) if length else {}
            system.headers.append(dict(self.headers))
            system.paths.append(self.path)
            found = system.answer(self.command, parts.path, parse_qs(parts.query), body)
            status, content, headers = (
                found if isinstance(found, tuple) else (200 if found is not None else 404, found or {}, {})
            )
            data = (content if isinstance(content, str) else json.dumps(content)).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(data)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _reply  # noqa: N815 - the names that http.server calls

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    system.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield system
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def pagerduty(export: Json) -> Answering:
    def answer(_method: str, path: str, query: dict[str, list[str]], _body: Json) -> Json | None:
        match path.strip("/").split("/"):
            case ["schedules", id_]:
                return {"schedule": next(each for each in export["schedules"] if each["id"] == id_)}
            case ["schedules", _, "overrides"]:
                return {"overrides": []}
            case [kind] if kind in export:
                at = int(query["offset"][0])
                return {kind: export[kind][at : at + 1], "limit": 1, "offset": at, "more": at + 1 < len(export[kind])}
        return None

    return answer


def opsgenie(export: Json, url: Callable[[], str]) -> Answering:
    def page(items: list[Json], path: str, query: dict[str, list[str]]) -> Json:
        at = int(query.get("offset", ["0"])[0])
        following = {"next": f"{url()}{path}?offset={at + 1}"} if at + 1 < len(items) else {}
        return {"data": items[at : at + 1], "paging": following, "took": 0.1, "requestId": "x"}

    def answer(_method: str, path: str, query: dict[str, list[str]], _body: Json) -> Json | None:
        match path.strip("/").split("/")[1:]:
            case ["schedules" | "users" | "escalations" as kind]:
                return page(export[kind], path, query)
            case ["schedules", _, "overrides"]:
                return page([], path, query)
            case ["schedules", id_, "timeline"]:
                return {"data": {"_parent": {"id": id_}, "finalTimeline": {"rotations": []}}}
            case ["users", id_]:
                return {"data": next(each for each in export["users"] if each["id"] == id_)}
            case ["users", _, "notification-rules"]:
                return page([{"id": "rule", "actionType": "create-alert"}], path, query)
            case ["users", id_, "notification-rules", "rule", "steps"]:
                return page(
                    next(each for each in export["users"] if each["id"] == id_)["notification_rules"], path, query
                )
        return None

    return answer


def grafana_oncall(export: Json, url: Callable[[], str]) -> Answering:
    def answer(_method: str, path: str, query: dict[str, list[str]], _body: Json) -> Json | None:
        match path.strip("/").split("/")[2:]:
            case ["schedules", _, "final_shifts"]:
                return {"results": [], "next": None}
            case [kind] if kind in export:
                at = int(query.get("page", ["1"])[0]) - 1
                more = at + 1 < len(export[kind])
                return {"results": export[kind][at : at + 1], "next": f"{url()}{path}?page={at + 2}" if more else None}
        return None

    return answer


def goalert(export: Json) -> Answering:
    def answer(method: str, path: str, _query: dict[str, list[str]], body: Json) -> Json | None:
        if (method, path) != ("POST", "/api/graphql"):
            return None
        kind = body["query"].split("{ ")[1].split("(")[0]
        nodes = export["data"][kind]["nodes"]
        at = int(body["variables"]["after"] or 0)
        info = {"endCursor": str(at + 1), "hasNextPage": at + 1 < len(nodes)}
        return {"data": {kind: {"nodes": nodes[at : at + 1], "pageInfo": info}}}

    return answer
