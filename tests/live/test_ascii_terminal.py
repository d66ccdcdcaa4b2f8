"""The program in a terminal whose locale says that it knows ASCII alone: every byte that reaches it."""

import pytest

from tests.live.terminal import Terminal, mucmon


@pytest.mark.parametrize(
    ("environ", "options"),
    [
        ({"LANG": "C", "LC_ALL": "", "LC_CTYPE": ""}, ()),
        ({"LC_ALL": "POSIX"}, ()),
        ({"LC_ALL": "C.UTF-8"}, ("--ascii",)),
    ],
    ids=["LANG=C", "LC_ALL=POSIX", "--ascii"],
)
async def test_every_byte_is_ascii(environ: dict[str, str], options: tuple[str, ...]) -> None:
    async with Terminal(mucmon("demo", *options), environ=environ) as terminal:
        await terminal.shows("DEMO", "critical", "token says", "+- 1 rooms")
        for keys, words in (
            (("?",), "esc closes"),
            (("Enter",), "esc back"),
            (("/", "é"), "No room has the words ?"),
            ((":",), "Filter the rows"),
        ):
            terminal.press(*keys)
            await terminal.shows(words)
            terminal.press("Escape")
            await terminal.until(lambda text, words=words: words not in text)  # type: ignore[misc]
        assert terminal.written().isascii()
        terminal.press("q")
        await terminal.until(lambda _text: terminal.is_over())
        assert terminal.written().isascii()


async def test_a_terminal_that_knows_more_gets_more() -> None:
    async with Terminal(mucmon("demo"), environ={"LC_ALL": "C.UTF-8"}) as terminal:
        await terminal.until(lambda _text: "╭".encode() in terminal.written())
