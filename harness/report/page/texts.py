"""Foreign text as elements of the page: every mask one of its own, our own backticks as code.

Owns that markup. Escaping is done here, for these texts alone; for all others it is the template's.
"""

from markupsafe import Markup, escape

from harness.report.words.visible import visible
from harness.timeline.masking import MASK

HUES = 8


def marked(value: object) -> Markup:
    """Return a text as markup in which each mask is an element, coloured by its secret."""
    text, html, at = str(visible(str(value))), Markup(), 0
    for mask in MASK.finditer(text):
        html += escape(text[at : mask.start()]) + masked(mask.group(), mask["digest"])
        at = mask.end()
    return html + escape(text[at:])


def masked(mask: str, digest: str) -> Markup:
    """Return one mask as an element: the same secret has the same hue everywhere."""
    return Markup('<i class="m{}">{}</i>').format(int(digest, 16) % HUES, mask)


def coded(text: str) -> Markup:
    """Return a sentence of ours as markup, what stands in backticks as code."""
    shown = str(visible(text))
    parts = shown.split("`")
    pieces = [
        Markup("<code>{}</code>").format(each) if number % 2 else escape(each)
        for number, each in enumerate(parts)
    ]
    return Markup().join(pieces) if len(parts) % 2 else escape(shown)
