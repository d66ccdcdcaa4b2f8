"""What each command of the command line does; monitor.cli declares their options."""
