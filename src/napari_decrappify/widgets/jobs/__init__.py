"""Jobs beside the window: the queue, threads, and what napari shows of them."""
