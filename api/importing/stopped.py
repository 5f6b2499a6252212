"""Why an import cannot go on."""


class Stopped(Exception):
    """Could not tell, or could not go on. The message says what is wrong and what to do, in Chinese and English.

    Whatever was recorded before stays recorded; the same command goes on from there.
    """
