"""Pages written by hand: numbers and tables come from frames, and false sentences fail the build.

A page stands in a package: `page.md`, a template in Jinja2's language; `frames/`, tables that were
measured; `claims.py`, a function for each sentence that could be false, and for each table (or
these in `tables.py`); `figures.py`, a function for each picture. `python -m blackbox.pages
reports.blog` renders `page.md` to `README.md` and compares it with the one that is there; `--write`
writes it. `blackbox.pages.making` carries out the study behind a page.

    {% claim a_decoder_helps %}Behind a decoder {{ it.share | percent }} arrive,
    {{ it.times | digits }} times as many as without one.{% endclaim %}

    def a_decoder_helps(frames: PageFrames) -> Figures:
        with_one, without = frames.shares["judged"]
        if with_one > without:
            yield {"share": with_one, "times": with_one / without}

That is the mechanism of a study's verdict (`blackbox.results.claims`), whose sentences write
themselves. A claim that is false, a sentence with a number or a comparison that rests on no claim,
a claim that no sentence needs, a number that is none, and a picture that was not drawn from these
frames are errors, each told with its sentence. A page ends with the versions of the strategies that
made its frames (`made_with.py`), and says which of them are others today.
"""

from blackbox.pages.build import Page
from blackbox.pages.estimate import Estimate, estimates, mean, share, written
from blackbox.pages.frames import PageFrames, where
from blackbox.pages.template import Figures

__all__ = [
    "Estimate",
    "Figures",
    "Page",
    "PageFrames",
    "estimates",
    "mean",
    "share",
    "where",
    "written",
]
