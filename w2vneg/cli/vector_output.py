"""What commands that write vectors share: the files that an output consists of."""

from __future__ import annotations

import os


def named_outputs(option: str, path: str, to: str | None = None) -> dict[str, str | None]:
    """Return the files that are written for an output, by how messages name them.

    Parameters
    ----------
    option : str
        The option or argument that names the output.
    path : str
        The output. A folder that does not exist yet is returned itself, for it is made.
    to : str, optional
        Its format, if the suffix does not select it.

    Raises
    ------
    UsageError
        If there is no such format.
    """
    from w2vneg.vectors.formats import format_of, output_files

    chosen, _ = format_of(path, to)
    if chosen.main_file is not None and not os.path.isdir(path):
        return {option: path}
    main, *others = output_files(path, to)
    files: dict[str, str | None] = {option: main}
    for name in others:
        files[f"{option} (with {os.path.basename(name)})"] = name
    return files
