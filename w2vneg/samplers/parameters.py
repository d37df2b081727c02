"""Options as the parameters of an estimator of scikit-learn: read, set and cloned."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from w2vneg.config import TrainConfig
from w2vneg.errors import UsageError
from w2vneg.samplers.configuration import all_options, configure

if TYPE_CHECKING:
    from typing_extensions import Self


class ParameterError(UsageError, ValueError):
    """A parameter cannot be set; a `ValueError` as well, which scikit-learn expects."""


class Parameters:
    """An object that is made of options, as `w2vneg.samplers.configure` takes them.

    An option that is None is not given, so that its default, or what the preset or sampler sets,
    applies. Only what is given is copied by ``sklearn.base.clone``.

    Attributes
    ----------
    config : TrainConfig
        The checked options.
    """

    config: TrainConfig

    def __init__(self, **options: Any) -> None:
        self._given = {name: value for name, value in options.items() if value is not None}
        self.config = configure(**in_words(self._given))
        self._changed: set[str] = set()

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self._given.items())
        return f"{type(self).__name__}({given})"

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return all options, None where they are not given.

        Parameters
        ----------
        deep : bool
            Without effect; for scikit-learn.
        """
        return {name: self._given.get(name) for name in sorted({*all_options(), *self._given})}

    def set_params(self, **options: Any) -> Self:
        """Change options, None to the default, and return self; trained vectors stay as they are.

        Raises
        ------
        ParameterError
            If an option does not exist, is out of range, or has no effect; nothing is changed.
        """
        given = {**self._given, **options}
        given = {name: value for name, value in given.items() if value is not None}
        try:
            config = configure(**in_words(given))
        except UsageError as error:
            raise ParameterError(str(error)) from None
        self._given, self.config = given, config
        self._changed |= options.keys()
        return self

    def __sklearn_tags__(self) -> Any:
        """Return what scikit-learn wants to know: a transformer of text that needs no labels."""
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        return Tags(
            estimator_type=None,
            target_tags=TargetTags(required=False),
            transformer_tags=TransformerTags(preserves_dtype=[]),
            input_tags=InputTags(two_d_array=False, string=True),
        )


def in_words(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as `w2vneg.samplers.configure` takes them: vectors in memory by their description.

    Raises
    ------
    UsageError
        If what to start from is neither a path nor vectors.
    """
    init = options.get("init")
    if init is None or isinstance(init, str):
        return dict(options)
    if isinstance(init, os.PathLike):
        return {**options, "init": os.fspath(init)}
    from w2vneg.vectors.vectors import Vectors

    if not isinstance(init, Vectors):
        raise UsageError(
            f"init= must be the path of a file of vectors, or Vectors as load_vectors returns them, "
            f"not a {type(init).__name__}"
        )
    return {**options, "init": repr(init)}
