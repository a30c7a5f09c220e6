"""Every mistake of one procedure's file at once, before anybody loads it."""

from pathlib import Path

from hub.procedures.loading import load_accounts, load_disclosure, read_file, read_folder
from hub.procedures.together import wrong_together
from hub.routing.rules import BookError


def mistakes(file: Path, folder: Path) -> list[str]:
    """Return what is wrong with a procedure's file beside the other files of `folder`: line, mistake and remedy.

    A file of the folder that holds the same procedure is the one being replaced. Raises BookError for the others'.
    """
    try:
        read = read_file(file)
    except BookError as error:
        return str(error).splitlines()
    others = [one for one in read_folder(folder) if one.procedure.procedure != read.procedure.procedure]
    return wrong_together([*others, read], load_disclosure(folder), load_accounts(folder))
