"""The entry point: ``mucmon``, and ``python -m monitor``.

The commonest calls do not wait for the command-line library to load.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from typing import NamedTuple

_TOKEN_GIVEN = (
    "mucmon: a token was given as an argument, where the list of processes and the shell's history show it. "
    "Put it into a file or pipe it in; treat this one as known to others."
)


class Asked(NamedTuple):
    """A command line that asks for a screen and nothing else."""

    demo: bool = False
    config: str | None = None
    ascii: bool | None = None
    wall: bool = False
    fresh: bool = False


def screen_asked(arguments: Sequence[str]) -> Asked | None:
    """Read a command line that asks for a screen; None for every other and for what is doubtful: `monitor.cli`'s."""
    asked, words = Asked(), iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if word in ("--ascii", "--no-ascii"):
            asked = asked._replace(ascii=word == "--ascii")
        elif word == "--wall":
            asked = asked._replace(wall=True)
        elif word == "--fresh":
            asked = asked._replace(fresh=True)
        elif word == "demo" and not asked.demo:
            asked = asked._replace(demo=True)
        elif not asked.demo and (word in ("--config", "-c") or (name == "--config" and equals)):
            file = value if equals else next(words, "")
            # A token begins so, and one that was given by mistake is not to be repeated in a message.
            if not file or file.startswith("-") or "ey" in file:
                return None
            asked = asked._replace(config=file)
        else:
            return None
    return asked


def main() -> None:
    """Run what the command line asks for and exit with its status."""
    arguments = sys.argv[1:]
    if (asked := screen_asked(arguments)) is not None:
        sys.exit(_show(asked))
    from monitor.printing import printing

    with printing():
        _run(arguments)


def _run(arguments: Sequence[str]) -> None:
    if arguments == ["--version"]:
        from monitor import __version__

        print(f"mucmon {__version__}")
    else:
        from monitor.tokens.token import looks_like_a_token

        if any(looks_like_a_token(argument) for argument in arguments):
            print(_TOKEN_GIVEN, file=sys.stderr)
            sys.exit(2)
        from monitor.cli import app

        app(prog_name="mucmon")


def _show(asked: Asked) -> int:
    # What is loaded now stays: to look for garbage in it costs a fifth of the time until the screen is there.
    # The app has it looked for again once it has painted.
    gc.disable()
    from monitor.watch import Showing, watch

    showing = Showing(asked.ascii, asked.wall, asked.fresh)
    if asked.demo:
        from monitor.demo.show import demo

        return demo(showing=showing)
    from pathlib import Path

    return watch(Path(asked.config) if asked.config else None, showing)


if __name__ == "__main__":
    main()
