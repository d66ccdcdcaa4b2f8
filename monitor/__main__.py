"""The entry point: ``mucmon``, and ``python -m monitor``.

The commonest calls do not wait for the command-line library to load.
"""

import sys

_TOKEN_GIVEN = (
    "mucmon: a token was given as an argument, where the list of processes and the shell's history show it. "
    "Put it into a file or pipe it in; treat this one as known to others."
)


def main() -> None:
    """Run what the command line asks for and exit with its status."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        from monitor import __version__

        print(f"mucmon {__version__}")
    elif not arguments:
        from monitor.watch import watch

        sys.exit(watch(None))
    elif arguments == ["demo"]:
        from monitor.demo.show import demo

        sys.exit(demo())
    else:
        from monitor.tokens.token import looks_like_a_token

        if any(looks_like_a_token(argument) for argument in arguments):
            print(_TOKEN_GIVEN, file=sys.stderr)
            sys.exit(2)
        from monitor.cli import app

        app(prog_name="mucmon")


if __name__ == "__main__":
    main()
