"""Keys in a real terminal that come faster than they can be heard, and bytes that are no keys."""

from tests.live.terminal import Terminal, mucmon


async def test_keys_that_come_in_one_go_each_fall_on_what_the_one_before_led_to() -> None:
    async with Terminal(mucmon("demo")) as terminal:
        await terminal.shows("DEMO", "chemie-9", "1 rooms")
        terminal.press("/", *"chemie", "Enter", "t")
        await terminal.shows("link into chemie-9", "/chemie")
        terminal.press("Escape")
        await terminal.until(lambda text: "link into chemie-9" not in text)
        terminal.press("t", "BTab", *"tea", "BTab", "BTab", "BTab", "C-u", *"45", "BTab")
        text = " ".join((await terminal.shows("link into chemie-9", "in 45 min")).split())
        assert "reason tea" in text.replace(" │ ", " ")
        assert "minutes 45" in text


async def test_bytes_that_are_no_utf8_end_nothing() -> None:
    async with Terminal(mucmon("demo")) as terminal:
        await terminal.shows("DEMO", "chemie-9", "1 rooms")
        terminal.send(b"\xff")
        terminal.send(b"\xe9j\xc3")
        terminal.send(b"3")
        await terminal.shows("─ 3 findings")
        terminal.send(b"i\xe9\xfe")
        await terminal.shows("inspect a token")
        assert not terminal.is_over()
        assert "Traceback" not in terminal.text()
