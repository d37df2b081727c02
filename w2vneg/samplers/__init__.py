"""Samplers, which decide where negatives come from.

A sampler is a proposal (which candidates?), a weighting (which of them count, and how much?) and a
loss (what is the gradient?). Each method is one module in `proposals/`, `weightings/` or
`losses/`, declared there with all its options (see `w2vneg.samplers.method`). `configure` turns
options into a checked configuration; `build_sampler` builds the sampler it names.
"""

from w2vneg.samplers.chosen import chosen_methods, parts, reads, training_method
from w2vneg.samplers.configuration import all_options, configure
from w2vneg.samplers.context import SamplerContext
from w2vneg.samplers.foreign_names import foreign_hint
from w2vneg.samplers.forms import candidates_of, form_of
from w2vneg.samplers.method import Loss, Method, NamedSampler, Proposal, TrainingMethod, Weighting
from w2vneg.samplers.presets import PRESETS, settled
from w2vneg.samplers.registry import method_options, methods, named_samplers, training_methods
from w2vneg.samplers.sampler import Sampler, States, build_sampler

__all__ = [
    "PRESETS",
    "Loss",
    "Method",
    "NamedSampler",
    "Proposal",
    "Sampler",
    "SamplerContext",
    "States",
    "TrainingMethod",
    "Weighting",
    "all_options",
    "build_sampler",
    "candidates_of",
    "chosen_methods",
    "configure",
    "foreign_hint",
    "form_of",
    "method_options",
    "methods",
    "named_samplers",
    "parts",
    "reads",
    "settled",
    "training_method",
    "training_methods",
]
