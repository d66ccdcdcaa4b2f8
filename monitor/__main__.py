"""The entry point: ``mucmon``, and ``python -m monitor``.

The commonest calls do not wait for the command-line library to load.
"""

import sys


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
        from monitor.cli import app

        app(prog_name="mucmon")


if __name__ == "__main__":
    main()
