"""Carif-Oref identifiers: the same action has one number in LHEO, in the DIAN export and in data·inclusion.

The families, read from the samples of the three formats (``07`` is the Carif's number):

=====================  ==============================================================================
LHEO                   action ``01_GE1716206``, session ``GE1716206``
data·inclusion         ``carif-oref--01_GE2021586``, ``--14_SE_0001116947``, ``--02_00437877``, ``--07_763179S``
DIAN                   formation, action and session run together: ``14_AF_0000193549`` ``14_SE_0001333865``
                       ``SE_0001333865``; ``10_2592317F`` ``10_382836S`` ``382836S``
=====================  ==============================================================================

The number all three share is the action's, ``14_SE_0001333865``. The bare session number is shared too where
letters at its head name the Carif (``SE_…``, ``GE…``); elsewhere two Carifs may use the same one.
"""

import re

_ACTION = re.compile(r"(\d{2})_([A-Z]{2,}_?\d{4,}|\d{4,}[A-Z]?)")
_BARE = re.compile(r"[A-Z]{2,}_?\d{4,}")
_TOGETHER = re.compile(r"(\d{2}_)(.+?)\1(.+)")


def action_ids(action: str) -> tuple[str, ...]:
    """Return the identifiers other sources may know an action by: ``14_SE_0001`` and ``SE_0001``."""
    found = _ACTION.fullmatch(action)
    if not found:
        return ()
    bare = found[2]
    return (action, bare) if _BARE.fullmatch(bare) else (action,)


def dian_ids(record: str) -> tuple[str, ...]:
    """Return the identifiers held in one of the DIAN export.

    Its tail is the action's number then the session's, with nothing between: they can be told apart only
    when they are the same number twice (4 of the 5 real rows). The formation's number is left out: several
    actions share it.
    """
    found = _TOGETHER.fullmatch(record)
    if not found:
        return ()
    half, rest = found[3][: len(found[3]) // 2], found[3][len(found[3]) // 2 :]
    return action_ids(found[1] + half) if half == rest else ()
