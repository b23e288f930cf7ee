"""What a person must put right: the message says what is wrong, where, and what to do."""


class Problem(Exception):
    """Ends the program with its message, and without a traceback."""
