"""Curves over the seconds of a run, as inline SVG.

Owns the drawing. Must not know what a curve means.
"""

from collections.abc import Sequence

from markupsafe import Markup

WIDTH, HEIGHT, MARGIN = 640, 120, 28
MOST_POINTS = 320


def thinned(values: Sequence[float]) -> list[float]:
    """Return at most so many values as a curve has points, the largest of each piece."""
    step = max(1, -(-len(values) // MOST_POINTS))
    return [max(values[at : at + step]) for at in range(0, len(values), step)]


def curve(title: str, unit: str, values: Sequence[float]) -> Markup:
    """Return one curve with its name and its highest value."""
    points = thinned(values)
    highest = max(points, default=0.0)
    if not highest:
        return Markup("")
    across, down = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN
    last = max(1, len(points) - 1)
    places = " ".join(
        f"{MARGIN + across * at / last:.1f},{HEIGHT - MARGIN - down * value / highest:.1f}"
        for at, value in enumerate(points)
    )
    label = f"{title}: at most {highest:.0f} {unit}, over {len(values)} s"
    return Markup(
        '<svg role="img" aria-label="{0}" viewBox="0 0 {1} {2}" width="{1}" height="{2}">'
        '<text x="{3}" y="16" fill="currentColor" font-size="12">{0}</text>'
        '<line x1="{3}" y1="{4}" x2="{5}" y2="{4}" stroke="currentColor" stroke-opacity=".3"/>'
        '<polyline fill="none" stroke="currentColor" stroke-width="1.5" points="{6}"/></svg>'
    ).format(label, WIDTH, HEIGHT, MARGIN, HEIGHT - MARGIN, WIDTH - MARGIN, places)
