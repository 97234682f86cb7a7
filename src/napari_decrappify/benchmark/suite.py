"""A suite: cases of one kind, who repairs them, and by which figures they are judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from .cases import Make
from .measure.metrics import Judge
from .method import Method

View: TypeAlias = Literal["detail", "whole"]


@dataclass(frozen=True)
class Suite:
    """Cases, judge and peers.

    Parameters
    ----------
    title, note : str
        What is measured, and how.
    make : callable
        Makes a case of a picture and its number.
    judge : callable
        Its first figure stands on the sheets.
    baseline : Method, optional
        What was given, as it is.
    references : dict of Method
        Simple ways to do it, which always take part; by the column that says how far the first figure of the others is
        above theirs.
    peers : tuple of Method
        Who else can do it.
    micrographs : bool
        Whether the pictures are grey micrographs, not photos.
    features : bool
        Whether the feature distance means something here.
    boxed : bool
        Whether the feature distance is also given over the bounding box of the mask, where methods differ.
    keywords : mapping
        Further keywords of the models' call.
    told : bool
        Whether the models also take part with the mask of the damage.
    together : int
        Of how many pictures, cut to one size, models get all at once as a stack; with 0 they get one after the other,
        as peers do in any case.
    part : (str, str), optional
        How the names of some pictures begin, and the column that they get for their first figure.
    shown : int
        Rows on the sheets.
    view, zoom : str, int
        Whether a sheet shows the most telling part, enlarged so many times, or the whole picture.
    """

    title: str
    note: str
    make: Make
    judge: Judge
    baseline: Method | None
    references: Mapping[str, Method] = field(default_factory=dict)
    peers: tuple[Method, ...] = ()
    micrographs: bool = False
    features: bool = True
    boxed: bool = False
    keywords: Mapping[str, Any] = field(default_factory=dict)
    told: bool = False
    together: int = 0
    part: tuple[str, str] | None = None
    shown: int = 3
    view: View = "detail"
    zoom: int = 1
