"""What the service remembers, apart from what the simulation around it does: by walking from object to object.

The way begins at what is given and at every module but the simulation's, and ends where it meets an object that the
simulation made: whatever only that can reach is the simulation's own memory.
"""

import gc
import sys
from collections.abc import Iterable
from functools import cache
from types import CodeType, FrameType, FunctionType, MethodType, ModuleType

# What drives and measures, and what the interpreter keeps of modules.
_THEIRS = ("oncall.sim", "benchmarks", "tests", "_pytest", "pytest", "__main__", "gc", "sys")
# Ways into the simulation that are the service's own objects in all but name: its database and its provider's client.
_OURS_THERE = frozenset({"oncall.sim.watched_database", "oncall.sim.in_process"})

_OF_PROGRAMS = frozenset({CodeType, FrameType, ModuleType})
_BY_WHERE_THEY_COME_FROM = frozenset({type, FunctionType, MethodType})


def service_weight(roots: Iterable[object]) -> int:
    """Bytes of all that the service can reach from here and from its modules.

    Call `gc.collect` first: garbage is nobody's.
    """
    modules = [vars(module) for name, module in list(sys.modules.items()) if not _is_theirs(name)]
    layer: list[object] = [*roots, *modules]
    seen = {id(one) for one in layer}
    ends: dict[type, bool] = {}
    weight = 0
    while layer:
        further = gc.get_referents(*layer)
        layer = []
        for one in further:
            kind = type(one)
            if id(one) in seen:
                continue
            seen.add(id(one))
            if kind not in ends:
                ends[kind] = kind in _OF_PROGRAMS or _is_the_simulations(kind)
            if ends[kind] or (kind in _BY_WHERE_THEY_COME_FROM and _is_the_simulations(one)):
                continue
            weight += sys.getsizeof(one)
            layer.append(one)
    return weight


def _is_the_simulations(one: object) -> bool:
    if isinstance(one, MethodType):
        return _is_the_simulations(type(one.__self__)) or _is_the_simulations(one.__func__)
    made_in = getattr(one, "__module__", None)
    return isinstance(made_in, str) and _is_theirs(made_in) and made_in not in _OURS_THERE


@cache
def _is_theirs(module: str) -> bool:
    return any(module == each or module.startswith(f"{each}.") for each in _THEIRS)
