"""One mark on several layers: solved from all of them, and taken off each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import InvalidImageError
from ..jobs import Job, Progress
from ..layers import LayerData, Source
from ..planes import is_lazy
from .layer_call import check_keywords
from .model_job import AnyMask, model_job, painting


def shared_mark_job(
    sources: Sequence[Source], name: str | None, keywords: dict[str, Any], mask: AnyMask | None
) -> Job[list[LayerData]]:
    """Return the job of `remove_watermark` on sources under one mark; the results of the first come first.

    Parameters
    ----------
    sources : sequence of Source
        Of one size and kind.
    name, keywords, mask
        As for `model_job`. The name and a returned mask are those of the first.

    Raises
    ------
    InvalidImageError
        If they differ in shape, dtype, or in what is colour.
    """
    from ..apply.tasks import remove_watermark

    first = sources[0]
    for source in sources[1:]:
        if _kind(source) != _kind(first):
            raise InvalidImageError(f"layers like {first.name}: {_words(first)}", f"{source.name}: {_words(source)}")
    check_keywords(remove_watermark, keywords)
    paint, _ = painting(mask, first)
    return _steps(sources, name, keywords, mask, paint)


def _steps(
    sources: Sequence[Source], name: str | None, keywords: dict[str, Any], mask: AnyMask | None, paint: Any
) -> Job[list[LayerData]]:
    from ..apply.tasks import solve_mark

    yield Progress(0, 1, "Reading layers")
    known = {key: keywords[key] for key in ("nonfinite",) if key in keywords}
    where = None if paint is None else paint()
    mark = yield from solve_mark.job(_stacked(sources), where, rgb=sources[0].rgb, **known)
    told = {**keywords, "shared": False, "mark": mark}
    made = yield from model_job("remove_watermark", sources[0], name, told, mask)
    for source in sources[1:]:
        alone = {**told, "return_mask": False}
        made += yield from model_job("remove_watermark", source, None, alone, where)
    return made


def _stacked(sources: Sequence[Source]) -> Any:
    arrays = [source.array for source in sources]
    if any(is_lazy(array) for array in arrays):
        import dask.array

        return dask.array.stack([dask.array.asarray(array) for array in arrays])  # type: ignore[no-untyped-call]
    return np.stack(arrays)


def _kind(source: Source) -> tuple[Any, ...]:
    return source.array.shape, source.array.dtype, source.rgb


def _words(source: Source) -> str:
    return f"shape {tuple(source.array.shape)}, {source.array.dtype}{', in colour' if source.rgb else ''}"
