"""Stories for every clause, a module for each family; whatever module lies here is told."""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

FAMILIES: tuple[ModuleType, ...] = tuple(
    import_module(f"{__name__}.{each.name}") for each in iter_modules(__path__)
)
