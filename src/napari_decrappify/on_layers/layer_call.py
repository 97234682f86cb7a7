"""Layer calls: a task made callable on napari layers, at once or as a job."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, Generic, ParamSpec

from ..errors import InvalidParameterError
from ..jobs import Call, Job, run_to_end
from ..layers import LayerData, Source, layer_of
from ..parameters import check_arguments
from ..tasks import call_named

P = ParamSpec("P")


class LayerCall(Generic[P]):
    """A task on layers: ``call(layer, ...)`` returns new layers, ``call.job(layer, ...)`` the job that describes them.

    Parameters
    ----------
    prepare : callable
        Looks at the layers and checks the keywords, at once; returns the job, which may run in another thread.
    """

    def __init__(self, prepare: Callable[P, Job[list[LayerData]]]) -> None:
        functools.update_wrapper(self, prepare)
        self._prepare = prepare

    @property
    def operation(self) -> str:
        """The name of the call on arrays, as records have it."""
        return self._prepare.__name__.removesuffix("_layer")

    @property
    def task(self) -> Call[..., Any]:
        """The call on arrays whose keywords this one takes; `parameters.parameters_of` tells them."""
        call: Call[..., Any] = call_named(self.operation)
        return call

    def job(self, *args: P.args, **kwargs: P.kwargs) -> Job[list[LayerData]]:
        """Return the job, not yet started. Its result is a list of layer data tuples, for `layers.add_to`.

        Layers belong to the thread of the window; their descriptions may be made in any.
        """
        return self._prepare(*args, **kwargs)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        """Run the job to its end; return the new layer, or a tuple of them where more than one was asked for."""
        progress = kwargs.pop("progress", None)
        described = run_to_end(self.job(*args, **kwargs), progress if callable(progress) else None)
        layers = tuple(layer_of(one) for one in described)
        return layers[0] if len(layers) == 1 else layers


def check_keywords(task: Call[..., Any], keywords: Mapping[str, Any]) -> None:
    """Check a task's keywords before it starts.

    Raises
    ------
    InvalidParameterError
        For a value that the task doesn't take, or for `rgb`, which the layer says.
    TypeError
        For a keyword that the task doesn't have.
    """
    if "rgb" in keywords:
        advice = "Make the layer again with the right rgb."
        raise InvalidParameterError("no rgb, as the layer says what is colour", f"rgb={keywords['rgb']}", advice)
    inspect.signature(task).bind_partial(None, **keywords)
    check_arguments(task, dict(keywords))


def origin(
    name: str, region: Any, mask: Mapping[str, Any] | None = None, hints: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return what a record keeps of the layers that a result was made from."""
    bounds = None if region is None else [list(ends) for ends in region.bounds]
    of_hints = {} if hints is None else {"hints": hints}
    return {"layer": name, "region": bounds, "mask": mask, **of_hints}


def result_name(source: Source, done: str) -> str:
    """Return what a result is called: its source, what was done to it, and to what part, "cells denoised (t=3)"."""
    return f"{source.name} {done} ({source.part})" if source.part else f"{source.name} {done}"
