"""The HTTP side: nine routes that each make one event, and `/healthz`."""

from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest, HTTPException, ServiceUnavailable
from werkzeug.wrappers import Response as WerkzeugResponse

from app import event
from app.counters import Counters
from app.ledger import LedgerWriter
from app.publisher import InDoubt, Publisher, Refused
from app.route import ROUTES, Route

ARGUMENT_CHARACTERS = 1_024
_TEXT = "text/plain; charset=utf-8"


class _Line(Response):
    """A constant answer of one line, shared by all requests.

    Its headers are computed once. For each request, that would take a quarter of Flask's time.
    """

    def __init__(self, text: str) -> None:
        self._body = f"{text}\n".encode()
        super().__init__(self._body, content_type=_TEXT)
        self._start = self.status, self.get_wsgi_headers({}).to_wsgi_list()

    def __call__(self, _environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        status, headers = self._start
        start_response(status, headers.copy())
        return [self._body]


def create_app(seed: int, counters: Counters, ledger: LedgerWriter, publisher: Publisher) -> Flask:
    """Create the WSGI application; every answer is one line of text."""
    app = Flask(__name__, static_folder=None)
    app.register_error_handler(HTTPException, _explain)
    accepted = _Line("accepted")
    healthy = _Line("ok")

    def answer_to(route: Route) -> Callable[[], Response]:
        def answer() -> Response:
            argument = _argument(route)
            created = event.create_event(seed, route, counters.draw(route.name), argument)
            event_id = created["event_id"]
            message = event.encode_event(created, dict(request.headers))
            ledger.write_began(event_id, argument)
            try:
                publisher.publish(event_id, message)
            except Refused as error:
                ledger.write_refused(event_id)
                raise ServiceUnavailable("The event was not sent.") from error
            except InDoubt as error:
                raise ServiceUnavailable("Kafka did not acknowledge the event.") from error
            ledger.write_accepted(event_id)
            return accepted

        return answer

    for route in ROUTES.values():
        _add(app, route.path, route.name, answer_to(route))
    _add(app, "/healthz", "healthz", lambda: healthy)
    return app


def _add(app: Flask, path: str, name: str, answer: Callable[[], Response]) -> None:
    app.add_url_rule(path, name, answer)
    for rule in app.url_map.iter_rules(name):
        # Flask adds HEAD and OPTIONS to GET, but here every answered request makes an event.
        rule.methods = {"GET"}


def _argument(route: Route) -> str | None:
    """Return the route's query parameter, `+` read as a space; raise BadRequest."""
    if route.argument is None:
        return None
    text = request.args.get(route.argument, "")
    if not 0 < len(text) <= ARGUMENT_CHARACTERS:
        raise BadRequest(f"{route.argument} should have 1 to {ARGUMENT_CHARACTERS} characters.")
    return text


def _explain(error: HTTPException) -> WerkzeugResponse:
    """Return the error as one line of text, with the headers that belong to it."""
    response = error.get_response()
    response.set_data(f"{error}\n")
    response.content_type = _TEXT
    return response
