"""
The service that is scaled: an object store on Flask, one thread, with a random delay.

    GET  /   ids, as a JSON list          DELETE /   deletes all objects
    GET | PUT | DELETE  /objs/<id>        the body is the object's text
    GET  /objs/<id>/compress              bz2 of the content, in base64
    GET  /health                          no delay, no rate limit

Environment (a bad value ends the process with one line): see settings().
"""

import os
import signal

# First of all, before the slow imports: as PID 1 of a container a process without a handler ignores
# SIGTERM, and the engine would wait for its whole stop time-out. A handler also ends a sleep at once.
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
signal.signal(signal.SIGINT, lambda *_: os._exit(0))

import base64
import bz2
import logging
import socket
import sys

from flask import Flask, Response, request
from flask_restful import Api, Resource, abort
from werkzeug import serving
from werkzeug.routing import BaseConverter

from delay import is_delay_ms, parse_delay
from metering import Metering
from store import Store, StoreFull, is_id

SILENT_CLIENT_S = 10


def settings(env):
    """All that the environment can set, checked. ValueError says name, value and what was expected."""
    return {
        "store_dir": directory(env.get("STORE_DIR", "/store")),
        "delay_ms": delay_function(env.get("DELAY", "uniform:5:200")),
        "rate_limit": env.get("RATE_LIMIT", "off"),  # off, or as Flask-Limiter writes it: 10 per second
        "instance": env.get("INSTANCE") or socket.gethostname(),
        "port": whole_number(env, "PORT", 5000, 1, 65535),
        # The queue in front of the single thread, in connections; Linux caps it at net.core.somaxconn.
        "backlog": whole_number(env, "BACKLOG", 4096, 1, 65535),
        "max_objects": whole_number(env, "MAX_OBJECTS", 1000, 1, 1_000_000),
        "max_body_bytes": whole_number(env, "MAX_BODY_BYTES", 1024 * 1024, 1, 1024**3),
    }


def delay_function(text):
    return stamped_delay_ms if text == "stamped" else parse_delay(text)


def stamped_delay_ms():
    """The delay that the request itself asks for, so that two runs can serve the same work; 0 where it asks for none."""
    text_ms = request.headers.get("X-Delay-Ms", "0")
    if not is_delay_ms(text_ms):
        abort(400, message="X-Delay-Ms: expected a number of ms such as 12.5, at most 3600000")
    return float(text_ms)


def whole_number(env, name, default, low, high):
    text = env.get(name, str(default))
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise ValueError(f"{name} is {text!r}, expected a whole number from {low} to {high}")
    return int(text)


def directory(path):
    if not os.path.isdir(path) or not os.access(path, os.W_OK | os.X_OK):
        raise ValueError(f"STORE_DIR is {path!r}, expected a directory that uid {os.getuid()} may write to")
    return path


class AnyText(BaseConverter):
    """Matches slashes and line ends too, so that every id meets the one check and answers 400."""

    regex = r"[\s\S]*?"
    part_isolating = False


def make_app(options):
    app = Flask("scaletwin", static_folder=None)
    app.url_map.converters["any_text"] = AnyText
    app.url_map.merge_slashes = False
    api = Api(app)
    store = Store(options["store_dir"], options["max_objects"])
    meter = Metering(app.wsgi_app, options["instance"], options["max_body_bytes"])
    app.wsgi_app = meter

    def checked(object_id):
        if not is_id(object_id):
            abort(400, message="id: expected 1 to 128 of A-Z a-z 0-9 . _ -, the first a letter or a digit")
        return object_id

    def missing(object_id):
        abort(404, message=f"no object {object_id}")

    def read(object_id):
        try:
            return store.read(object_id)
        except FileNotFoundError:
            missing(object_id)

    class Objects(Resource):
        def get(self):
            return store.ids()

        def delete(self):
            store.delete_all()
            return text(b"", 204)

    class Object(Resource):
        def get(self, object_id):
            checked(object_id)
            meter.block(options["delay_ms"]())
            return text(read(object_id))

        def put(self, object_id):
            checked(object_id)
            body = text_body(options["max_body_bytes"])
            meter.block(options["delay_ms"]())
            try:
                return text(b"", 201 if store.write(object_id, body) else 200)
            except StoreFull:
                return {"message": f"store: expected at most {options['max_objects']} objects"}, 507

        def delete(self, object_id):
            checked(object_id)
            meter.block(options["delay_ms"]())
            try:
                store.delete(object_id)
            except FileNotFoundError:
                missing(object_id)
            return text(b"", 204)

    class Compressed(Resource):
        def get(self, object_id):
            checked(object_id)
            meter.block(options["delay_ms"]())
            return text(base64.b64encode(bz2.compress(read(object_id))))

    api.add_resource(Objects, "/")
    api.add_resource(Compressed, "/objs/<any_text:object_id>/compress")
    api.add_resource(Object, "/objs/<any_text:object_id>")

    @app.get("/health")
    def health():
        return text(b"ok")

    if options["rate_limit"] != "off":
        limit_rate(app, options["rate_limit"], health)
    return app


def limit_rate(app, rate, exempt):
    """
    One count for all routes, keyed by the remote address: behind a proxy all clients share it. It is kept in
    this process's memory. (`default_limits` would count each route for itself.)
    """
    # Imported here because they double the start-up time of an instance that has no limit.
    from flask_limiter import Limiter
    from flask_limiter.util import get_remote_address
    from limits import parse

    try:
        parse(rate)
    except ValueError:
        raise ValueError(f"RATE_LIMIT is {rate!r}, expected off or a rate such as '10 per second'") from None
    limiter = Limiter(get_remote_address, app=app, application_limits=[rate], storage_uri="memory://")
    limiter.exempt(exempt)


def text_body(max_bytes):
    body = request.environ["scaletwin.body"]
    if body is None:
        abort(413, message=f"body: expected at most {max_bytes} bytes")
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        abort(400, message="body: expected text in UTF-8")
    return body


def text(content, status=200):
    return Response(content, status, mimetype="text/plain")


def main():
    try:
        options = settings(os.environ)
        app = make_app(options)
    except ValueError as problem:
        sys.exit(str(problem))
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # no line per request
    serving.LISTEN_QUEUE = options["backlog"]
    # A client that connects and says nothing may not hold the only thread for ever.
    serving.WSGIRequestHandler.timeout = SILENT_CLIENT_S
    # `threaded` is True by default: one request at a time is what makes an instance saturate.
    app.run(host="0.0.0.0", port=options["port"], threaded=False, load_dotenv=False)


if __name__ == "__main__":
    main()
