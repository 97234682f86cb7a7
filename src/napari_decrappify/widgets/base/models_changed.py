"""The news that the user's models have changed: who adds or removes one calls it, who lists them connects to it.

`models_changed()` tells; ``models_changed.connect(method)`` listens, without keeping the method's object alive. Both
on the GUI thread.
"""

from __future__ import annotations

from napari.utils.events import EventEmitter

models_changed = EventEmitter(type_name="models_changed")
