"""Whether somebody writes that production is down, in a language that we speak, where writing wakes nobody.

It is a hint and no more: whoever wrote so is given the number to phone, and an engineer decides.
"""

import re

_ENGLISH = r"""
    \b(?:production|prod|(?:web)?site|(?:web\ ?)?shop|store|platform|cluster|system|everything|all)(?:['’]s)?
    (?:\b[^.!?\n]{0,40}\b(?:is|are|has|have|been|went|gone|goes|seems|appears|looks))?
    [ ,:–-]{1,3}(?:(?:completely|totally|entirely|all|now|currently|again|still|gone|been|shut|to\ be)\ ){0,2}
    (?:down|offline|unreachable|unavailable|dead)\b(?!\ (?:to|by|a|the|into)\b)
"""
_OUTAGE = r"\b(?:production|prod)\ outage\b | \boutage\b[^.!?\n]{0,40}\bprod(?:uction)?\b"
_FRENCH = r"""
    \b(?:production|prod|site|boutique|plateforme|système|tout)\b[^.!?\n]{0,40}
    \b(?:en\ panne|hors\ service|à\ l['’]arrêt|inaccessible|indisponible|est\ tombée?|est\ down
        |ne\ (?:fonctionne|marche|répond)\ plus)\b
"""
_DUTCH = r"""
    \b(?:productie|prod|(?:web)?site|(?:web)?shop|webwinkel|platform|systeem|alles)\b[^.!?\n]{0,40}
    \b(?:(?:ligt|liggen|gaat|is|zijn)\ (?:\w+\ ){0,2}(?:plat|eruit|down|offline|onbereikbaar)|uit\ de\ lucht
        |niet\ (?:meer\ )?bereikbaar)\b
"""
_GERMAN = r"""
    \b(?:produktion|prod|produktiv(?:system|umgebung)|(?:web)?seite|website|(?:web)?shop|plattform|system|alles)\b
    [^.!?\n]{0,40}\b(?:(?:ist|sind)\ (?:\w+\ ){0,2}(?:down|offline|tot|weg)|ausgefallen|steht\ still|steht[ !.]*$
        |liegt\ lahm|nicht\ (?:mehr\ )?erreichbar)
"""
_SAYS_SO = re.compile(
    "|".join((_ENGLISH, _OUTAGE, _FRENCH, _DUTCH, _GERMAN)), re.IGNORECASE | re.VERBOSE | re.MULTILINE
)
_AS_FAR_AS = 4000


def says_production_is_down(text: str) -> bool:
    """Whether these words say so; only the first 4,000 characters are read."""
    return _SAYS_SO.search(text[:_AS_FAR_AS]) is not None
