"""What the tests over loopback share: the Node.js versions of this machine."""

from pathlib import Path

import pytest

from tools.node import node_programs, version_of

NODES = node_programs()


@pytest.fixture(params=NODES, ids=[f"node-{version_of(node)}" for node in NODES])
def any_node(request: pytest.FixtureRequest) -> str:
    """Each Node.js that is here in turn; the development environment always brings one."""
    node: Path = request.param
    return str(node)


@pytest.fixture
def node() -> str:
    """The Node.js that the example uses."""
    return str(NODES[0])
