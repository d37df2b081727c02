"""How vectors are trained: one module per method. See `w2vneg.samplers.method.TrainingMethod`."""
