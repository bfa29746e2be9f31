"""GET /.well-known/jwks.json: the key that verifies the fake's access tokens (FACTS: JWT-KEY)."""

from fake_amo.http.messages import Call, Reply, json_reply
from fake_amo.site.site import Site
from fake_amo.state.signing import published_keys


def show_keys(_site: Site, _call: Call) -> Reply:
    """Return the JWK set."""
    return json_reply(200, published_keys())
