"""Warnings that mean something: what a person who looks at the curves would say."""

from __future__ import annotations

CERTAIN = 0.99
BLIND = 0.02
MOSTLY = 0.8
GUESSING = 0.6
DRIFT = 2.0


def is_blind(figures: dict[str, float], whose: str = "critic") -> bool:
    """Return whether a critic takes all for the same.

    Parameters
    ----------
    figures : dict
        What `Diagnostics.look` takes; `Evaluator` adds ``held_out_real`` and ``held_out_generated``.
    whose : str
        "critic" for what it learned from, "held_out" for pictures that it didn't.
    """
    right = [figures[name] for name in (f"{whose}_real", f"{whose}_generated") if name in figures]
    return len(right) == 2 and (min(right) < BLIND or figures.get(f"{whose}_same", 0.0) > MOSTLY)


class Diagnostics:
    """Looks at the figures of each evaluation.

    It speaks once of each trouble, and again only after it has gone.
    """

    def __init__(self) -> None:
        self._spoken: set[str] = set()

    def look(self, figures: dict[str, float]) -> list[str]:
        """Return warnings about the figures of a stretch of adversarial steps and the evaluation at its end.

        Parameters
        ----------
        figures : dict
            ``critic_real``, ``critic_generated``: the critic's accuracy on the patches it learned from;
            ``critic_same``: the share of its steps in which it took all of them for the same;
            ``generator_loss``, if the generator had a turn; ``psnr``, ``psnr_input``: dB on held-out pictures, of the
            generator and of doing nothing. What needs one that is missing isn't said.
        """
        troubles = dict(_troubles(figures))
        new = [text for name, text in troubles.items() if name not in self._spoken]
        self._spoken = set(troubles)
        return new

    def state(self) -> list[str]:
        """Return what `restore` takes, as JSON has it."""
        return sorted(self._spoken)

    def restore(self, state: list[str]) -> None:
        """Leave unsaid what was spoken of before a checkpoint."""
        self._spoken = set(state)


def _troubles(figures: dict[str, float]) -> list[tuple[str, str]]:
    found = []
    if "critic_real" in figures and "critic_generated" in figures:
        real, generated = figures["critic_real"], figures["critic_generated"]
        right = f"right about {real:.0%} of real and {generated:.0%} of generated patches"
        if min(real, generated) > CERTAIN:
            text = f"The critic is {right}: so sure that the generator learns little from it."
            found.append(("certain", f"{text} Lower critic_lr, or raise the weight of the generator's own loss."))
        elif is_blind(figures):
            text = f"The critic has collapsed: it is {right}, and in most steps it takes all for the same."
            found.append(("blind", f"{text} Pretrain it for longer, or lower its learning rate."))
        elif (real + generated) / 2 < GUESSING and "generator_loss" not in figures:
            text = f"The critic only guesses, {right}, and the generator had no turn."
            found.append(("idle", f"{text} Pretrain the critic for longer."))
    if "psnr_input" in figures and figures["psnr"] < figures["psnr_input"] - DRIFT:
        text = (
            f"The generator drifts from the picture: {figures['psnr']:.2f} dB, {figures['psnr_input']:.2f} untouched."
        )
        found.append(("drift", f"{text} Raise the weight of its own loss, or stop at an earlier checkpoint."))
    return found
