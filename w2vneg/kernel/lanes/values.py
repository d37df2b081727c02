"""Vectors and masks as Numba knows them, and their operators."""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.datamodel import models
from numba.core.imputils import lower_builtin, lower_cast
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import register_model

from w2vneg.kernel.emit import FAST, spread
from w2vneg.kernel.jit import INTERPRETED
from w2vneg.kernel.tiles import LANES


class Vector(types.Type):
    """The Numba type of a vector of `LANES` floats."""

    def __init__(self, dtype: Any):
        self.dtype = dtype
        super().__init__(name=f"Vector({dtype})")


class Mask(types.Type):
    """The Numba type of the result of a comparison of vectors."""

    def __init__(self) -> None:
        super().__init__(name="Mask")


MASK = Mask()


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any):
        scalar = manager.lookup(kind.dtype).get_value_type()
        super().__init__(manager, kind, ir.VectorType(scalar, LANES))


@register_model(Mask)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any):
        super().__init__(manager, kind, ir.VectorType(ir.IntType(1), LANES))


@lower_cast(types.Number, Vector)
def _spread_number(context, builder, source, target, value):
    return spread(builder, context.cast(builder, value, source, target.dtype), LANES)


def vector_of(arguments):
    """Return the type of the first vector among Numba types, or None."""
    return next((kind for kind in arguments if isinstance(kind, Vector)), None)


def _declare(operation, build, result=None, operands=2):
    """Let compiled code apply an operator to vectors, or to a vector and a number."""

    @infer_global(operation)
    class Typing(AbstractTemplate):
        def generic(self, arguments, keywords):
            kind = vector_of(arguments)
            if kind is None or keywords or len(arguments) != operands:
                return None
            if all(each == kind or isinstance(each, types.Number) for each in arguments):
                return signature(result or kind, *[kind] * len(arguments))
            return None

    def lower(context, builder, signature, arguments):
        return build(builder, *arguments)

    lower_builtin(operation, *[Vector] * operands)(lower)


if not INTERPRETED:
    _declare(operator.add, lambda builder, a, b: builder.fadd(a, b, flags=FAST))
    _declare(operator.sub, lambda builder, a, b: builder.fsub(a, b, flags=FAST))
    _declare(operator.mul, lambda builder, a, b: builder.fmul(a, b, flags=FAST))
    # Not from an estimate of the reciprocal: a number over itself is 1.
    _declare(operator.truediv, lambda builder, a, b: builder.fdiv(a, b))
    _declare(operator.neg, lambda builder, a: builder.fneg(a, flags=FAST), operands=1)
    for _operation, _sign in (
        (operator.lt, "<"), (operator.le, "<="), (operator.gt, ">"), (operator.ge, ">="),
        (operator.eq, "=="),
    ):  # fmt: skip
        _declare(
            _operation,
            lambda builder, a, b, sign=_sign: builder.fcmp_ordered(sign, a, b),
            MASK,
        )

    def _declare_masks(operation, build):
        """Let compiled code apply an operator to masks."""

        @infer_global(operation)
        class Typing(AbstractTemplate):
            def generic(self, arguments, keywords):
                both = all(isinstance(each, Mask) for each in arguments)
                return signature(MASK, MASK, MASK) if both else None

        def lower(context, builder, signature, arguments):
            return build(builder, *arguments)

        lower_builtin(operation, Mask, Mask)(lower)

    _declare_masks(operator.and_, lambda builder, a, b: builder.and_(a, b))
    _declare_masks(operator.or_, lambda builder, a, b: builder.or_(a, b))
