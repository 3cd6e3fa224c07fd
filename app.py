"""Every way in, read as a timetable: which routes there are, what runs when, what listens to which queue.

Schedules and queue handlers are declared here and not in blueprints: Chalice deploys a blueprint's handler with its own
module as the entry point, and this file would never be imported. Each is a Lambda of its own, so they are few and coarse.
"""

from chalice.app import Chalice

from chalicelib.core.routes import routes as system_routes

app = Chalice(app_name="holdfast")
app.experimental_feature_flags.update(["BLUEPRINTS"])

app.register_blueprint(system_routes)
